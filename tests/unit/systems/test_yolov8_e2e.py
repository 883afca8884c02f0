import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.structures import ImageOrigin, Targets
from boxwright.systems.yolov8 import yolov8
from boxwright.systems.yolov8_e2e import yolov8_e2e

ORIGINS = [ImageOrigin(index, None, (64, 96)) for index in range(2)]


def test_it_is_yolov8_with_a_second_head() -> None:
    with torch.device("meta"):
        own, usual = yolov8_e2e("n", 80).detector, yolov8("n", 80).detector
    head = sum(value.numel() for value in usual.head.parameters())
    assert sum(value.numel() for value in own.parameters()) == sum(value.numel() for value in usual.parameters()) + head
    assert set(usual.state_dict()) < set(own.state_dict())


def test_every_parameter_gets_a_gradient() -> None:
    system = yolov8_e2e("n", 2)
    targets = Targets.from_lists(
        [torch.tensor([[4.0, 4.0, 60.0, 50.0]]), torch.zeros(0, 4)], [torch.ones(1), torch.zeros(0)]
    )
    losses = system.criterion(
        system.detector(torch.rand(2, 3, 64, 96)), system.prior_generator((64, 96), "cpu"), targets
    )
    torch.stack(list(losses.values())).sum().backward()
    assert [name for name, value in system.detector.named_parameters() if value.grad is None] == []


def test_the_head_for_one_point_trains_nothing_below() -> None:
    system = yolov8_e2e("n", 2)
    targets = Targets.from_lists([torch.tensor([[4.0, 4.0, 60.0, 50.0]])], [torch.ones(1)])
    losses = system.criterion(
        system.detector(torch.rand(1, 3, 64, 96)), system.prior_generator((64, 96), "cpu"), targets
    )
    torch.stack([loss for name, loss in losses.items() if name.startswith("one_")]).sum().backward()
    learning = {name.split(".")[0] for name, value in system.detector.named_parameters() if value.grad is not None}
    assert learning == {"head"}


@torch.no_grad()
def test_the_best_scores_are_the_detections_and_nothing_is_suppressed() -> None:
    system = yolov8_e2e("n", 2)
    predictions = system.detector.eval()(torch.rand(2, 3, 64, 96))
    for level in predictions.class_logits:
        level.normal_(generator=torch.Generator().manual_seed(0))
    found = system.postprocessor(predictions, system.prior_generator((64, 96), "cpu"), ORIGINS)
    scores = torch.cat([level.sigmoid().flatten(1) for level in predictions.class_logits], dim=1)
    for image, one in enumerate(found):
        count = min(300, scores.shape[1])
        assert torch.equal(one.scores, scores[image].sort(descending=True).values[:count])
        assert len(one) == count


def test_options_are_those_of_yolov8() -> None:
    system = yolov8_e2e("n", 2, dialect="mid", guarantee=True, reg_max=8, levels="2-5")
    assert system.options == yolov8("n", 2, dialect="mid", guarantee=True, reg_max=8, levels="2-5").options
    assert system.detector.head.one_to_one.strides == (4, 8, 16, 32)
    with pytest.raises(ConfigError, match="num_classes of at least 1"):
        yolov8_e2e("n", 0)
