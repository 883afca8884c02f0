"""Stopping at a loss that is not finite."""

import pytest
import torch
from torch import nn

from boxwright.errors import TrainingError
from boxwright.structures import ImageOrigin
from boxwright.training.finite_guard import MOST_NAMES, FiniteGuard

ORIGINS = [ImageOrigin(1, "first.png", (8, 8)), ImageOrigin(2, None, (8, 8))]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_names_the_term_its_value_and_the_images(value: float) -> None:
    with pytest.raises(TrainingError) as caught:
        FiniteGuard().watch(torch.tensor([1.0, value]), ["box", "class"], ORIGINS)
    message = str(caught.value)
    assert "not finite in class (box 1, class" in message
    assert "first.png, image 2." in message
    assert "--optimization.lr" in message


def test_every_image_of_a_mosaic_is_named_once() -> None:
    mosaics = [ImageOrigin(1, "a.png", (8, 8), mixed_with=("b.png", "c.png")), ImageOrigin(2, "b.png", (8, 8))]
    with pytest.raises(TrainingError, match=r"images of the batch: a\.png, b\.png, c\.png\. "):
        FiniteGuard().watch(torch.tensor([float("nan")]), ["box"], mosaics)


def test_finite_values_pass() -> None:
    guard = FiniteGuard()
    guard.watch(torch.tensor([1e30, -1e30, 0.0]), ["box", "class", "dfl"], ORIGINS)
    guard.finish(nn.BatchNorm2d(2))
    guard.finish(nn.ReLU())


@pytest.mark.parametrize("name", ["weight", "running_var"])
@pytest.mark.parametrize("value", [float("nan"), float("-inf")])
def test_weights_that_the_last_step_has_spoilt_are_named(name: str, value: float) -> None:
    """No loss comes after it that would show it, and they would be measured and saved."""
    model = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2))
    with torch.no_grad():
        model.get_submodule("1").state_dict()[name][1] = value
    with pytest.raises(TrainingError, match=rf"weights are not finite in 1\.{name}: .*--optimization\.lr"):
        FiniteGuard().finish(model)


@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (3,)])
def test_weights_of_every_shape_are_looked_at(shape: tuple[int, ...]) -> None:
    model = nn.Module()
    model.scale = nn.Parameter(torch.ones(shape))
    FiniteGuard().finish(model)
    with torch.no_grad():
        model.scale.fill_(torch.nan)
    if model.scale.numel() == 0:
        FiniteGuard().finish(model)
        return
    with pytest.raises(TrainingError, match="weights are not finite in scale"):
        FiniteGuard().finish(model)


def test_a_large_batch_is_not_listed_whole() -> None:
    origins = [ImageOrigin(number, None, (8, 8)) for number in range(MOST_NAMES + 4)]
    with pytest.raises(TrainingError, match="and 4 more"):
        FiniteGuard().watch(torch.tensor([float("nan")]), ["box"], origins)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_on_a_gpu_the_error_comes_one_step_later() -> None:
    guard = FiniteGuard()
    guard.watch(torch.tensor([float("nan")], device="cuda"), ["box"], ORIGINS)
    with pytest.raises(TrainingError, match="not finite in box"):
        guard.watch(torch.tensor([1.0], device="cuda"), ["box"], ORIGINS[:1])
    guard.watch(torch.tensor([float("nan")], device="cuda"), ["dfl"], ORIGINS)
    with pytest.raises(TrainingError, match="not finite in dfl"):
        guard.finish(nn.ReLU())
