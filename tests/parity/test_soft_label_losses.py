"""Label smoothing, focal, quality focal and blurred cross-entropy against recorded numbers."""

import pytest
import torch

from boxwright.losses import BlurredCrossEntropy, FocalLoss, QualityFocalLoss, SoftLabelLoss, smooth_labels
from tests.parity.golden_cases import load

LOSSES: dict[str, SoftLabelLoss] = {
    "blur_alpha0.05": BlurredCrossEntropy(0.05),
    "blur_alpha0.2": BlurredCrossEntropy(0.2),
    "focal_gamma1.5_posweight2": FocalLoss(1.5, positive_weight=2.0),
    "qfocal_gamma1.5_posweight2": QualityFocalLoss(1.5, positive_weight=2.0),
}
for gamma in (1.5, 2.0):
    for alpha in (0.25, 0.6):
        LOSSES[f"focal_gamma{gamma}_alpha{alpha}"] = FocalLoss(gamma, alpha)
        LOSSES[f"qfocal_gamma{gamma}_alpha{alpha}"] = QualityFocalLoss(gamma, alpha)
for reduction in ("none", "sum"):
    LOSSES[f"focal_gamma1.5_alpha0.25_{reduction}"] = FocalLoss()
    LOSSES[f"qfocal_gamma1.5_alpha0.25_{reduction}"] = QualityFocalLoss()


def test_every_recorded_function_is_compared() -> None:
    arrays, _ = load("yolov5", "f01_functions")
    assert {key.removesuffix(".value") for key in arrays if key.endswith(".value")} == set(LOSSES)


@pytest.mark.parametrize("name", LOSSES)
def test_values_and_gradients_equal_the_recorded_ones(name: str) -> None:
    arrays, _ = load("yolov5", "f01_functions")
    logits = arrays["logits"].clone().requires_grad_()
    values = LOSSES[name](logits, arrays["labels"])
    recorded = arrays[f"{name}.value"]
    if name.endswith("_none"):
        found = values
    else:
        found = values.sum() if name.endswith("_sum") else values.mean()
    torch.testing.assert_close(found.detach(), recorded, rtol=1e-5, atol=1e-7)
    found.sum().backward()
    gradient = arrays[f"{name}.grad"]
    tolerance = 1e-5 * float(gradient.abs().max()) + 1e-8
    torch.testing.assert_close(logits.grad, gradient, rtol=0, atol=tolerance)


def test_smoothed_labels() -> None:
    arrays, _ = load("yolov5", "f01_functions")
    found = torch.tensor([smooth_labels(float(epsilon)) for epsilon in arrays["smooth_eps"]], dtype=torch.float64)
    torch.testing.assert_close(found, arrays["smooth_pos_neg"], rtol=1e-6, atol=1e-7)
