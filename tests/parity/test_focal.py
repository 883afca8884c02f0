"""Focal loss, number by number and prior by prior, against recorded numbers of torchvision's."""

import pytest
import torch

from boxwright.losses import FocalLoss, PriorFocalLoss
from tests.parity.golden_cases import load

# Recorded alpha −1 means no balancing: twice what equal weights of ½ give.
each = pytest.mark.parametrize(
    ("key", "gamma", "alpha", "factor"),
    [
        (f"focal_alpha{name}_gamma{gamma}", gamma, alpha, factor)
        for name, alpha, factor in (("0.25", 0.25, 1), ("-1", 0.5, 2))
        for gamma in (2.0, 1.5)
    ],
)


@each
def test_values_and_gradients_of_logits(key: str, gamma: float, alpha: float, factor: int) -> None:
    arrays, _ = load("geometry", "g13_focal")
    logits = arrays["focal_logits"].clone().requires_grad_()
    values = factor * FocalLoss(gamma, alpha)(logits, arrays["focal_targets"])
    torch.testing.assert_close(values.detach(), arrays[f"{key}.value"], rtol=1e-5, atol=1e-8)
    (gradient,) = torch.autograd.grad(values.sum(), logits)
    torch.testing.assert_close(gradient, arrays[f"{key}.grad"], rtol=1e-4, atol=1e-6)


@each
def test_values_and_gradients_of_priors(key: str, gamma: float, alpha: float, factor: int) -> None:
    arrays, _ = load("geometry", "g13_focal")
    block = arrays["focal_logits"].t()[None, None, :, None].clone().requires_grad_()
    prior, label = arrays["focal_targets"].nonzero(as_tuple=True)
    quality = arrays["focal_targets"][prior, label]
    values = factor * PriorFocalLoss(gamma, alpha)((block,), prior * 0, prior, label, quality)[0]
    torch.testing.assert_close(values.detach(), arrays[f"{key}.value"].sum(dim=1), rtol=1e-5, atol=1e-7)
    (gradient,) = torch.autograd.grad(values.sum(), block)
    torch.testing.assert_close(gradient[0, 0, :, 0].t(), arrays[f"{key}.grad"], rtol=1e-4, atol=1e-6)
