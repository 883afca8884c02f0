"""Hands that know another trainer are answered in one line."""

import pickle

import numpy as np
import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.prediction.elsewhere import Boxes, lacking, refuse

BOXES = torch.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])


@pytest.mark.parametrize(
    ("name", "here"),
    [("xyxy", "result.boxes"), ("xywh", "box_convert"), ("conf", "result.scores"), ("cls", "result.labels")],
)
def test_columns_of_boxes_are_answered_of_all_and_of_each(name, here):
    boxes = BOXES.as_subclass(Boxes)
    for each in (boxes, *boxes, boxes.cpu(), boxes[:1]):
        with pytest.raises(AttributeError, match=rf"no '{name}'\. Here it is .*{here}"):
            getattr(each, name)
        assert not hasattr(each, "nonsense")


def test_boxes_are_a_tensor_like_others():
    boxes = BOXES.as_subclass(Boxes)
    assert isinstance(boxes, torch.Tensor)
    assert torch.equal(boxes, BOXES)
    assert torch.equal(pickle.loads(pickle.dumps(boxes)), BOXES)
    assert boxes.tolist() == BOXES.tolist()
    np.testing.assert_array_equal(boxes.cpu().numpy(), BOXES.numpy())
    assert [box.tolist() for box in boxes] == BOXES.tolist()


def test_a_name_without_an_answer():
    assert str(lacking("A Thing has", "x", {"y": "z"})) == "A Thing has no 'x'."


def test_parameters_are_refused_all_at_once():
    refuse("plot", {}, {})
    with pytest.raises(ConfigError) as refused:
        refuse("plot", {"show": True, "x": 1}, {"show": "Write result.show()"})
    assert str(refused.value).splitlines() == [
        "plot has no 'show'. Write result.show().",
        "plot has no 'x'. Leave it out.",
    ]
