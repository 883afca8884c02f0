import pytest
import torch
from torch import nn

from boxwright.data.loading.collate import batch_of_none
from boxwright.inference import Runner
from boxwright.inference.runner import network_input
from boxwright.models.lone_values import lone_values_allowed
from boxwright.models.synchronized_norm import SynchronizedNorm
from boxwright.systems import build_system

SMALL = {"retinanet": {"width": 32, "depth": 0}, "fcos": {"width": 32, "depth": 0}}


@pytest.mark.parametrize(
    ("name", "canvas"),
    [
        ("yolov8n", 32), ("yolov5n", 32), ("yolov8n-seg", 32), ("ssd_tiny", 32), ("ssd300_light", 300),
        ("retinanet_r18", 32), ("retinanet_r18", 128), ("yolov8n", 64), ("fcos_r18", 32), ("yolov8n-e2e", 32),
    ],
)  # fmt: skip
def test_every_system_learns_from_one_image_on_a_canvas_of_one_cell(name: str, canvas: int) -> None:
    torch.manual_seed(0)
    detector = build_system(name, 2, **SMALL.get(name.partition("_")[0], {})).detector.train()
    with lone_values_allowed(detector, 1):
        predictions = detector(torch.rand(1, 3, canvas, canvas))
    sum(level.sum() for level in predictions.class_logits).backward()
    gradients = [value.grad for value in detector.parameters() if value.grad is not None]
    assert gradients
    assert all(bool(gradient.isfinite().all()) for gradient in gradients)
    assert all(module.training for module in detector.modules() if isinstance(module, nn.BatchNorm2d))


def test_a_lone_value_takes_the_running_statistics_and_leaves_them() -> None:
    norm = nn.BatchNorm2d(3).train()
    assert norm.running_mean is not None
    norm.running_mean.copy_(torch.tensor([1.0, 2.0, 3.0]))
    lone, several = torch.rand(1, 3, 1, 1), torch.rand(1, 3, 2, 2)
    with lone_values_allowed(norm, 1):
        torch.testing.assert_close(norm(lone), nn.functional.batch_norm(lone, norm.running_mean, norm.running_var))
        assert norm.running_mean.tolist() == [1, 2, 3]
        torch.testing.assert_close(norm(several), nn.BatchNorm2d(3).train()(several))
        assert norm.running_mean.tolist() != [1, 2, 3]
    assert norm.training
    assert not norm._forward_hooks
    assert not norm._forward_pre_hooks


def test_norms_that_are_held_stay_held() -> None:
    norm = nn.BatchNorm2d(3).eval()
    with lone_values_allowed(norm, 1):
        norm(torch.rand(1, 3, 1, 1))
    assert not norm.training


def test_without_running_statistics_there_is_nothing_to_take() -> None:
    norm = nn.BatchNorm2d(3, track_running_stats=False)
    with lone_values_allowed(norm, 1), pytest.raises(ValueError, match="more than 1 value"):
        norm(torch.rand(1, 3, 1, 1))
    assert norm.training


def test_larger_batches_go_as_ever() -> None:
    norm = nn.BatchNorm2d(3)
    with lone_values_allowed(norm, 2):
        assert not norm._forward_pre_hooks


@pytest.mark.parametrize(
    ("name", "canvas"),
    [
        ("yolov8n", 32), ("yolov5n", 32), ("yolov8n-seg", 32), ("ssd_tiny", 32), ("ssd300_light", 300),
        ("retinanet_r18", 32), ("fcos_r18", 32), ("yolov8n-e2e", 32),
    ],
)  # fmt: skip
def test_every_system_takes_part_without_an_image(name: str, canvas: int) -> None:
    """As a process does that has no image in the last batch of an epoch: every gradient is there, and is 0."""
    torch.manual_seed(0)
    system = build_system(name, 2, **SMALL.get(name.partition("_")[0], {}))
    detector, size = system.detector.train(), (canvas, canvas)
    statistics = {name: value.clone() for name, value in detector.named_buffers()}
    batch = batch_of_none(size, system.mask_stride)
    with lone_values_allowed(detector, 0):
        predictions = detector(network_input(system, batch.images))
    priors = system.prior_generator(size)
    outcomes = [system.criterion.run(predictions, priors, batch.targets, attribute=each) for each in (False, True)]
    assert all(not value for outcome in outcomes for value in outcome.losses.values())
    sum(outcomes[0].losses.values()).backward()
    assert all(value.grad is not None and not value.grad.any() for value in detector.parameters())
    assert all(torch.equal(value, statistics[name]) for name, value in detector.named_buffers())
    runner = Runner(system, size)
    assert runner(batch) == []


def test_norms_over_processes_are_held_where_all_of_them_have_one_image() -> None:
    """Also by a process without that image, which would wait for the others in vain."""
    norm = SynchronizedNorm(3)
    for images in (torch.rand(1, 3, 1, 1), torch.rand(0, 3, 1, 1)):
        with lone_values_allowed(norm, len(images), 1):
            assert torch.equal(norm(images), norm.eval()(images))
        assert norm.num_batches_tracked == 0
        norm.train()
        with lone_values_allowed(norm, len(images), 2):
            assert not norm._forward_pre_hooks
