import pytest
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, interpolate

from boxwright.errors import ConfigError, ShapeError
from boxwright.losses import MaskLoss
from boxwright.structures import InstanceMasks, Targets
from tests.contracts.loss_laws import LossLaws

NUM, SIZE, STRIDE = 5, (12, 16), 4


def ellipses(boxes: Tensor, size: tuple[int, int], stride: int) -> Tensor:
    y, x = torch.meshgrid(*((torch.arange(side) + 0.5) * stride for side in size), indexing="ij")
    x1, y1, x2, y2 = boxes.view(-1, 4, 1, 1).unbind(1)
    return ((2 * x - x1 - x2) / (x2 - x1 + 1e-6)).square() + ((2 * y - y1 - y2) / (y2 - y1 + 1e-6)).square() < 1


def some_targets(count: int, stride: int = STRIDE, size: tuple[int, int] = SIZE) -> Targets:
    """Objects of all sizes on two images, some over the edge of the canvas."""
    generator = torch.Generator().manual_seed(3)
    canvas = torch.tensor((size[1], size[0])) * float(stride)
    centre = torch.rand(count, 2, generator=generator) * canvas
    half = torch.rand(count, 2, generator=generator) * canvas / 3 + 4
    boxes = torch.cat((centre - half, centre + half), dim=1)
    image = torch.arange(count) * 2 // max(count, 1)
    masks = InstanceMasks.from_boolean(ellipses(boxes, size, stride), stride)
    return Targets(boxes, torch.zeros(count).long(), image, torch.zeros(count).bool(), 2, masks)


def draw_prototypes(dtype: torch.dtype = torch.float32, size: tuple[int, int] = SIZE) -> Tensor:
    return torch.randn(2, NUM, *size, generator=torch.Generator().manual_seed(5)).to(dtype)


def dense(coefficients: Tensor, prototypes: Tensor, target: Tensor, targets: Targets) -> Tensor:
    """The formula on whole masks, at the resolution of the masks."""
    assert targets.masks is not None
    enlarged = interpolate(prototypes, targets.masks.size, mode="bilinear", align_corners=False)
    logits = torch.einsum("pk,pkhw->phw", coefficients, enlarged[targets.image[target]])
    truth = targets.masks.to_boolean()[target].to(logits.dtype)
    costs = binary_cross_entropy_with_logits(logits, truth, reduction="none")
    boxes = targets.boxes[target] / targets.masks.stride
    y, x = (torch.arange(side) for side in targets.masks.size)
    x1, y1, x2, y2 = boxes.view(-1, 4, 1).unbind(1)
    inside = ((y >= y1) & (y < y2)).unsqueeze(2) & ((x >= x1) & (x < x2)).unsqueeze(1)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return (costs * inside).sum(dim=(1, 2)) / area


class TestMaskLossByCoefficients(LossLaws):
    def draw(self, rows: int, generator: torch.Generator) -> Tensor:
        return torch.randn(rows, NUM, generator=generator)

    def evaluate(self, values: Tensor) -> Tensor:
        rows = torch.arange(len(values)) % 7
        prototypes = draw_prototypes(values.dtype if values.dtype == torch.float64 else torch.float32)
        return MaskLoss()(values, prototypes, rows, some_targets(7))

    def extreme(self) -> list[Tensor]:
        return [torch.full((3, NUM), 1e4), torch.full((3, NUM), -1e4), torch.zeros(3, NUM)]


@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("size", [SIZE, (6, 8), (9, 11)])
def test_values_and_gradients_equal_the_dense_formula(size: tuple[int, int], memory: torch.memory_format) -> None:
    generator = torch.Generator().manual_seed(0)
    targets, target = some_targets(9), torch.randint(9, (70,), generator=generator)
    weights = torch.rand(70, generator=generator, dtype=torch.float64)
    results = []
    for formula in (MaskLoss(), dense):
        coefficients = torch.randn(70, NUM, generator=torch.Generator().manual_seed(1)).double().requires_grad_()
        prototypes = draw_prototypes(torch.float64, size).contiguous(memory_format=memory).requires_grad_()
        values = formula(coefficients, prototypes, target, targets)
        (values * weights).sum().backward()
        results.append((values.detach(), coefficients.grad, prototypes.grad))
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-8)


def test_prototypes_have_the_right_gradient() -> None:
    targets = some_targets(3)
    target, coefficients = torch.tensor([0, 2, 1, 1]), torch.randn(4, NUM, dtype=torch.float64)
    prototypes = draw_prototypes(torch.float64, (3, 4)).requires_grad_()
    assert torch.autograd.gradcheck(lambda values: MaskLoss()(coefficients, values, target, targets), (prototypes,))


def test_the_truth_reduced_to_the_prototypes_is_its_nearest_pixels() -> None:
    targets, target = some_targets(6), torch.arange(6)
    prototypes, coefficients = draw_prototypes(size=(6, 8)), torch.randn(6, NUM)
    assert targets.masks is not None
    reduced = InstanceMasks.from_boolean(targets.masks.to_boolean()[:, ::2, ::2], 2 * STRIDE)
    small = Targets(targets.boxes, targets.labels, targets.image, targets.ignore, 2, reduced)
    found = MaskLoss("prototypes")(coefficients, prototypes, target, targets)
    torch.testing.assert_close(found, dense(coefficients, prototypes, target, small))


@pytest.mark.parametrize("encoding", ["instances", "index_map"])
def test_overlapping_objects_keep_their_pixels_unless_an_index_map_is_asked_for(encoding: str) -> None:
    full = torch.ones(2, *SIZE, dtype=torch.bool)
    full[1, :, 8:] = False  # the smaller object hides the left half of the larger one
    masks = InstanceMasks.from_boolean(full, STRIDE)
    targets = Targets(masks.boxes, torch.zeros(2).long(), torch.zeros(2).long(), torch.zeros(2).bool(), 1, masks)
    prototypes, coefficients = torch.full((1, 1, *SIZE), 1.0), torch.full((2, 1), 20.0)
    larger, smaller = MaskLoss(encoding=encoding)(coefficients, prototypes, torch.tensor([0, 1]), targets).tolist()
    assert smaller == pytest.approx(0, abs=1e-6)
    assert larger == pytest.approx(0 if encoding == "instances" else 10, abs=1e-6)


def test_a_box_without_area_has_a_bounded_loss() -> None:
    """A trap: divided by its area alone, a box that was clipped to a sliver explodes."""
    boxes = torch.tensor([[8.0, 8.0, 8.0, 8.0], [8.0, 0.0, 8.001, 40.0], [8.0, 8.0, 8.0001, 8.0001]])
    masks = InstanceMasks.from_boolean(torch.zeros(3, *SIZE, dtype=torch.bool), STRIDE)
    targets = Targets(boxes, torch.zeros(3).long(), torch.zeros(3).long(), torch.zeros(3).bool(), 2, masks)
    coefficients = torch.full((3, NUM), 0.5, requires_grad=True)
    values = MaskLoss()(coefficients, torch.ones(2, NUM, *SIZE), torch.arange(3), targets)
    per_pixel = float(torch.nn.functional.softplus(torch.tensor(0.5 * NUM)))
    assert values.detach().tolist() == pytest.approx([0, per_pixel, per_pixel])
    values.sum().backward()
    assert coefficients.grad is not None
    assert coefficients.grad.isfinite().all()


def test_an_empty_mask_teaches_that_nothing_is_there() -> None:
    """A trap: a tiny object may rasterise to nothing while its box stays."""
    boxes = torch.tensor([[4.0, 4.0, 12.0, 12.0]])
    masks = InstanceMasks.from_boolean(torch.zeros(1, *SIZE, dtype=torch.bool), STRIDE)
    targets = Targets(boxes, torch.zeros(1).long(), torch.zeros(1).long(), torch.zeros(1).bool(), 2, masks)
    value = MaskLoss()(torch.zeros(1, NUM), draw_prototypes(), torch.zeros(1).long(), targets)
    assert value.tolist() == pytest.approx([torch.tensor(2.0).log().item()])


@pytest.mark.usefixtures("sparse_kernels")
def test_memory_grows_with_the_area_inside_boxes_only() -> None:
    """What is kept for the way back is one number per pair and pixel, not one per pair and pixel of the canvas."""
    targets, target = some_targets(1, stride=4, size=(160, 160)), torch.zeros(40).long()
    small = Targets(
        torch.tensor([[100.0, 100.0, 140.0, 140.0]]), targets.labels, targets.image, targets.ignore, 2, targets.masks
    )
    kept: list[int] = []
    coefficients = torch.randn(40, NUM, requires_grad=True)
    prototypes = draw_prototypes(size=(160, 160)).requires_grad_()
    known = {coefficients.data_ptr(), prototypes.data_ptr()}

    def watch(saved: Tensor) -> Tensor:
        kept.append(0 if saved.data_ptr() in known else saved.numel())
        return saved

    with torch.autograd.graph.saved_tensors_hooks(watch, lambda saved: saved):
        MaskLoss()(coefficients, prototypes, target, small)
    inside = 40 * 10 * 10
    assert sum(kept) <= 2 * inside


def test_without_masks_it_says_what_to_do() -> None:
    targets = Targets.from_lists([torch.tensor([[0.0, 0, 9, 9]])], [torch.tensor([0])])
    with pytest.raises(ShapeError, match=r"boxes only\. Train on data with masks"):
        MaskLoss()(torch.zeros(1, NUM), torch.zeros(1, NUM, 4, 4), torch.zeros(1).long(), targets)


@pytest.mark.parametrize(("field", "wrong"), [("resolution", "mask"), ("encoding", "instance")])
def test_unknown_names_are_refused(field: str, wrong: str) -> None:
    with pytest.raises((ConfigError, TypeError), match=wrong):
        MaskLoss(**{field: wrong})  # type: ignore[arg-type]
