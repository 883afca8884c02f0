"""No hand-written gradient lacks terms of its second derivative without a word, or changes type under autocast."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from boxwright.geometry.overlaps import (
    aligned_ciou,
    aligned_diou,
    aligned_exact_ciou,
    aligned_giou,
    aligned_iou,
    pairwise_iou,
)
from boxwright.kernels.hand_written import differentiable_once
from boxwright.losses import (
    AgainstBackground,
    BinaryCrossEntropy,
    CrossEntropy,
    DistributionFocalLoss,
    FocalLoss,
    OverlapLoss,
    PriorFocalLoss,
)

SOURCE = Path(__file__).parents[3] / "src" / "boxwright"
LINEAR = {
    "_LevelViews",
    "_ReadRows",
    "_SumOverProcesses",
}  # read numbers or add them up; a derivative of what they give is right at any order

IMAGE, PRIOR, LABEL = torch.zeros(2, dtype=torch.int64), torch.tensor([1, 3]), torch.tensor([0, 1])
QUALITY = torch.tensor([0.5, 1.0])
DISTANCES = torch.tensor([[1.2, 3.4, 0.5, 2.0]] * 2, dtype=torch.float64)


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def boxes() -> Tensor:
    rows = drawn(3, 4).abs()
    return torch.cat((rows[:, :2], rows[:, :2] + rows[:, 2:] + 0.5), dim=1)


OTHERS = boxes() + torch.tensor([0.2, 0.1, 0.3, 0.15], dtype=torch.float64)
FUNCTIONS: dict[str, tuple[Callable[[Tensor], Tensor], Tensor]] = {
    **{
        overlap.__name__: (lambda x, overlap=overlap: overlap(x, OTHERS), boxes())  # type: ignore[misc]
        for overlap in (aligned_iou, aligned_giou, aligned_diou, pairwise_iou)
    },
    "focal": (lambda x: FocalLoss()(x, torch.full_like(x, 0.5)), drawn(5)),
    "DistributionFocalLoss": (lambda x: DistributionFocalLoss()(x, DISTANCES), drawn(2, 32)),
    "BinaryCrossEntropy": (lambda x: BinaryCrossEntropy()((x,), IMAGE, PRIOR, LABEL, QUALITY), drawn(1, 1, 3, 2, 2)),
    "PriorFocalLoss": (lambda x: PriorFocalLoss()((x,), IMAGE, PRIOR, LABEL, QUALITY), drawn(1, 1, 3, 2, 2)),
    "AgainstBackground": (
        lambda x: AgainstBackground(FocalLoss())((x,), IMAGE, PRIOR, LABEL, QUALITY),
        drawn(1, 1, 3, 2, 2),
    ),
    "CrossEntropy": (lambda x: CrossEntropy()((x,), IMAGE, PRIOR, LABEL, QUALITY), drawn(1, 1, 3, 2, 2)),
}
# the weight of the aspect penalty is a constant of their gradients, on purpose, so that finite differences differ
WITH_A_CONSTANT = {
    "aligned_ciou": (lambda x: aligned_ciou(x, OTHERS), boxes()),
    "aligned_exact_ciou": (lambda x: aligned_exact_ciou(x, OTHERS), boxes()),
    "OverlapLoss": (lambda x: OverlapLoss("ciou")(x, OTHERS), boxes()),
}


def slope(function: Callable[[Tensor], Tensor], values: Tensor, *, create_graph: bool) -> Tensor:
    """Differentiates through something that bends, as a network does."""
    (found,) = torch.autograd.grad(function(torch.asinh(values)).sum(), values, create_graph=create_graph)
    return found


def by_differences(function: Callable[[Tensor], Tensor], values: Tensor, step: float = 1e-6) -> Tensor:
    def squared(moved: Tensor) -> float:
        return float(slope(function, moved.detach().requires_grad_(), create_graph=False).square().sum())

    found = torch.zeros_like(values)
    for place in range(values.numel()):
        shift = torch.zeros_like(values)
        shift.view(-1)[place] = step
        found.view(-1)[place] = (squared(values + shift) - squared(values - shift)) / (2 * step)
    return found


@pytest.mark.parametrize("choice", ["sparse", "reference"])
@pytest.mark.parametrize("name", [*FUNCTIONS, *WITH_A_CONSTANT])
def test_a_second_derivative_is_right_or_refused(name: str, choice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOXWRIGHT_KERNELS", choice)
    function, at = {**FUNCTIONS, **WITH_A_CONSTANT}[name]
    values = torch.sinh(at).requires_grad_()
    try:
        penalty = slope(function, values, create_graph=True).square().sum()
    except RuntimeError as error:
        refusal = str(error)
        if choice == "sparse" and "Set the environment variable BOXWRIGHT_KERNELS=reference" in refusal:
            return
        raise
    (found,) = torch.autograd.grad(penalty, values)
    assert found.isfinite().all()
    if name in FUNCTIONS:
        torch.testing.assert_close(found, by_differences(function, values.detach()), rtol=1e-3, atol=1e-5)


def test_every_hand_written_gradient_is_marked() -> None:
    unmarked = {
        node.name
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and "autograd.Function" in " ".join(map(ast.unparse, node.bases))
        for method in node.body
        if isinstance(method, ast.FunctionDef)
        and method.name == "backward"
        and "differentiable_once" not in map(ast.unparse, method.decorator_list)
    }
    assert unmarked == LINEAR


class Product(torch.autograd.Function):
    """In a matrix product autocast changes types."""

    @staticmethod
    def forward(ctx, values, other):  # type: ignore[no-untyped-def]
        ctx.save_for_backward(other)
        return values @ other

    @staticmethod
    @differentiable_once
    def backward(ctx, gradient):  # type: ignore[no-untyped-def]
        (other,) = ctx.saved_tensors
        result = gradient @ other.T
        assert result.dtype == torch.float32
        return result, None


def test_autocast_around_a_backward_pass_changes_nothing() -> None:
    values, other = drawn(3, 3).float().requires_grad_(), drawn(3, 3).float()
    loss = Product.apply(values, other).sum()
    with torch.autocast("cpu", torch.bfloat16):
        loss.backward()
    assert values.grad is not None
    torch.testing.assert_close(values.grad, torch.ones(3, 3) @ other.T)
