import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.prediction.wishes import Wishes, labels_of

BOXES = torch.tensor([[0.0, 0, 10, 10], [0, 0, 20, 5], [0, 0, 100, 100], [5, 5, 5, 9]])
LABELS = torch.tensor([0, 1, 2, 1])


@pytest.mark.parametrize(
    ("wishes", "wanted"),
    [
        (Wishes(), [True, True, True, True]),
        (Wishes(labels=(1,)), [False, True, False, True]),
        (Wishes(labels=(0, 2)), [True, False, True, False]),
        (Wishes(min_size=10), [True, True, True, False]),
        (Wishes(max_size=10), [True, True, False, True]),
        (Wishes(labels=(1,), min_size=1, max_size=10), [False, True, False, False]),
    ],
)
def test_by_class_and_size(wishes, wanted):
    assert wishes(BOXES, LABELS).tolist() == wanted
    assert wishes(BOXES[None], LABELS[None]).tolist() == [wanted]
    assert wishes.are_any == (not all(wanted))


@pytest.mark.parametrize("sizes", [{"min_size": -1}, {"max_size": -1}, {"min_size": 9, "max_size": 8}])
def test_sizes_that_nothing_has_are_refused(sizes):
    with pytest.raises(ConfigError, match="size is"):
        Wishes(**sizes)


@pytest.mark.parametrize(
    ("asked", "labels"), [("cat", (0,)), (["2", "cat"], (1, 0)), (1, (1,)), ("0", (0,)), (["dog", 0], (2, 0))]
)
def test_names_go_before_numbers(asked, labels):
    assert labels_of(asked, ("cat", "2", "dog")) == labels


@pytest.mark.parametrize(
    ("asked", "message"), [("cats", "Did you mean 'cat'"), ([], "is empty"), (7, "'7'"), (-1, "'-1'")]
)
def test_unknown_classes_are_refused(asked, message):
    with pytest.raises(ConfigError, match=message):
        labels_of(asked, ("cat", "2", "dog"))
