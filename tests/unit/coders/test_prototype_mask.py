import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from boxwright.coders import decode_masks
from boxwright.geometry.letterbox import fit_letterbox
from boxwright.kernels import packed_masks
from boxwright.structures import ImageOrigin

CANVAS = (64, 96)


def origin(size: tuple[int, int]) -> ImageOrigin:
    return ImageOrigin(0, None, size, fit_letterbox(size, CANVAS))


def draw(num: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(num, 6, generator=generator), torch.randn(6, 16, 24, generator=generator)


@pytest.mark.parametrize("size", [(64, 96), (128, 192), (200, 120), (31, 50), (7, 300)])
def test_masks_are_whole_logits_enlarged_and_then_cut(size: tuple[int, int]) -> None:
    """The canvas is enlarged as a whole, moved to the image, and cut at the box."""
    coefficients, prototypes = draw(8)
    generator = torch.Generator().manual_seed(1)
    corners = torch.rand(8, 2, 2, generator=generator) * torch.tensor((size[1], size[0]))
    boxes = torch.cat((corners.amin(dim=1), corners.amax(dim=1)), dim=1)
    here = origin(size)
    found = decode_masks(coefficients, prototypes, boxes, here, CANVAS).to_boolean()
    assert here.letterbox is not None
    logits = torch.einsum("nk,khw->nhw", coefficients, prototypes)
    y, x = (
        (torch.arange(side) + 0.5) * here.letterbox.scale[axis] + here.letterbox.pad[axis]
        for axis, side in enumerate(size)
    )
    grid = torch.stack(torch.meshgrid(2 * x / CANVAS[1] - 1, 2 * y / CANVAS[0] - 1, indexing="xy"), dim=-1).expand(
        8, -1, -1, -1
    )
    read = torch.nn.functional.grid_sample(logits[:, None], grid, padding_mode="border", align_corners=False)[:, 0]
    rows, columns = (torch.arange(side) for side in size)
    x1, y1, x2, y2 = boxes.view(-1, 4, 1).unbind(1)
    inside = ((rows >= y1) & (rows < y2)).unsqueeze(2) & ((columns >= x1) & (columns < x2)).unsqueeze(1)
    sure = read.abs() > 1e-4
    assert sure.float().mean() > 0.99
    assert torch.equal(found[sure], ((read > 0) & inside)[sure])


def test_on_a_canvas_of_the_same_size_it_is_interpolation() -> None:
    coefficients, prototypes = draw(3)
    boxes = torch.tensor([[0.0, 0, 96, 64]]).repeat(3, 1)
    found = decode_masks(coefficients, prototypes, boxes, ImageOrigin(0, None, CANVAS), CANVAS).to_boolean()
    logits = torch.einsum("nk,khw->nhw", coefficients, prototypes)
    expected = interpolate(logits[:, None], CANVAS, mode="bilinear", align_corners=False)[:, 0]
    sure = expected.abs() > 1e-4
    assert torch.equal(found[sure], (expected > 0)[sure])


def test_the_edge_of_the_box_is_sharp_at_the_resolution_of_the_image() -> None:
    """A trap: cut before enlarging, the edge lies on pixels of the prototypes, here 16 pixels of the image wide."""
    size, box = (256, 384), torch.tensor([[101.0, 53.0, 203.0, 149.0]])
    found = decode_masks(torch.ones(1, 1), torch.ones(1, 16, 24), box, origin(size), CANVAS)
    expected = torch.zeros(1, *size, dtype=torch.bool)
    expected[0, 53:149, 101:203] = True
    assert torch.equal(found.to_boolean(), expected)


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    coefficients, prototypes = draw(9)
    boxes = torch.tensor([[3.0, 5, 88, 60]]).repeat(9, 1) + torch.arange(9).unsqueeze(1)
    whole = decode_masks(coefficients, prototypes, boxes, origin((80, 100)), CANVAS)
    monkeypatch.setattr(packed_masks, "_PIXELS_AT_ONCE", 200)
    monkeypatch.setattr(packed_masks, "_PIXELS_TO_PACK", 3000)
    chunked = decode_masks(coefficients, prototypes, boxes, origin((80, 100)), CANVAS)
    assert torch.equal(whole.windows, chunked.windows)
    assert torch.equal(whole.bits, chunked.bits)


def test_windows_are_the_smallest_that_hold_the_masks() -> None:
    coefficients, prototypes = draw(5)
    boxes = torch.tensor([[0.0, 0, 100, 80]]).repeat(5, 1)
    masks = decode_masks(coefficients, prototypes, boxes, origin((80, 100)), CANVAS)
    for mask, (x1, y1, x2, y2) in zip(masks.to_boolean(), masks.windows.tolist(), strict=True):
        assert mask.any(dim=1).nonzero()[[0, -1], 0].tolist() == [y1, y2 - 1]
        assert mask.any(dim=0).nonzero()[[0, -1], 0].tolist() == [x1, x2 - 1]


def test_logits_below_zero_give_an_empty_mask() -> None:
    masks = decode_masks(
        -torch.ones(1, 1), torch.ones(1, 16, 24), torch.tensor([[0.0, 0, 9, 9]]), origin((80, 100)), CANVAS
    )
    assert masks.windows.tolist() == [[0, 0, 0, 0]]
    assert len(masks.bits) == 0


def test_no_detections_and_boxes_between_pixels_give_no_pixels() -> None:
    _, prototypes = draw(0)
    assert len(decode_masks(torch.zeros(0, 6), prototypes, torch.zeros(0, 4), origin((80, 100)), CANVAS)) == 0
    sliver = torch.tensor([[3.2, 4.1, 3.7, 30.0]])
    assert not decode_masks(torch.zeros(1, 6), prototypes, sliver, origin((80, 100)), CANVAS).to_boolean().any()


def test_half_precision_is_mixed_in_float32() -> None:
    coefficients, prototypes = draw(4)
    boxes = torch.tensor([[0.0, 0, 100, 80]]).repeat(4, 1)
    halves = coefficients.bfloat16(), prototypes.bfloat16()
    found = decode_masks(*halves, boxes, origin((80, 100)), CANVAS)
    wanted = decode_masks(*(half.float() for half in halves), boxes, origin((80, 100)), CANVAS)
    assert torch.equal(found.bits, wanted.bits)
