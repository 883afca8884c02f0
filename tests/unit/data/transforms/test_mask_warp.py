import numpy as np
import pytest
import torch

from boxwright.data.transforms.affine_map import Matrix, rotation, scaling, translation
from boxwright.data.transforms.mask_warp import covered_masks, mirror_masks, warp_masks
from boxwright.structures import InstanceMasks


def _blobs(size: tuple[int, int] = (50, 70), seed: int = 0) -> torch.Tensor:
    """Ellipses of many sizes, some of them cut by the edge of the image."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: size[0], : size[1]] + 0.5
    masks = [
        ((x - rng.uniform(0, size[1])) / rng.uniform(3, 20)) ** 2
        + ((y - rng.uniform(0, size[0])) / rng.uniform(3, 20)) ** 2
        < 1
        for _ in range(20)
    ]
    return torch.from_numpy(np.stack(masks))


def _overlap(first: torch.Tensor, second: torch.Tensor) -> float:
    return float((first & second).sum() / (first | second).sum().clamp(min=1))


@pytest.mark.parametrize("axis", [0, 1])
def test_mirroring_is_that_of_the_full_masks(axis: int) -> None:
    full = _blobs()
    mirrored = mirror_masks(InstanceMasks.from_boolean(full), axis)
    expected = InstanceMasks.from_boolean(full.flip(2 - axis))
    assert torch.equal(mirrored.windows, expected.windows)
    assert torch.equal(mirrored.bits, expected.bits)
    back = mirror_masks(mirrored, axis)
    assert torch.equal(back.to_boolean(), full)


def test_an_empty_mask_is_mirrored_to_an_empty_mask() -> None:
    assert mirror_masks(InstanceMasks.from_boolean(torch.zeros(1, 4, 6, dtype=torch.bool)), 0).windows.tolist() == [
        [0] * 4
    ]


@pytest.mark.parametrize(
    ("matrix", "size"),
    [
        (translation(0.0, 0.0), (50, 70)),
        (translation(-13.0, 9.0), (40, 60)),
        (translation(500.0, 0.0), (40, 60)),
    ],
)
def test_whole_pixel_shifts_are_exact(matrix: Matrix, size: tuple[int, int]) -> None:
    full = _blobs()
    shift = matrix[:2, 2].astype(int)
    expected = torch.zeros((len(full), *size), dtype=torch.bool)
    for y in range(50):
        for x in range(70):
            if 0 <= y + shift[1] < size[0] and 0 <= x + shift[0] < size[1]:
                expected[:, y + shift[1], x + shift[0]] = full[:, y, x]
    moved = warp_masks(InstanceMasks.from_boolean(full), matrix, size)
    assert torch.equal(moved.to_boolean(), expected)
    assert torch.equal(moved.windows, InstanceMasks.from_boolean(expected).windows)


@pytest.mark.parametrize("factor", [0.25, 0.4, 1.5, 3.0])
@pytest.mark.parametrize("degrees", [0.0, 30.0, 90.0])
def test_areas_grow_with_the_map(factor: float, degrees: float) -> None:
    full = torch.zeros((1, 80, 80), dtype=torch.bool)
    full[0, 20:60, 24:52] = True
    matrix = translation(150.0, 150.0) @ rotation(degrees) @ scaling(factor, factor) @ translation(-40.0, -40.0)
    moved = warp_masks(InstanceMasks.from_boolean(full), matrix, (300, 300))
    assert float(moved.areas[0]) == pytest.approx(40 * 28 * factor**2, rel=0.06)


def test_masks_stay_on_the_image_that_is_warped_with_them() -> None:
    """The white pixels of the image are the mask, before and after; a half pixel of disagreement would show."""
    import cv2

    full = _blobs(seed=3)
    matrix = translation(40.0, 10.0) @ rotation(17.0) @ scaling(1.3, 1.3)
    moved = warp_masks(InstanceMasks.from_boolean(full), matrix, (120, 120)).to_boolean()
    for mask, found in zip(full, moved, strict=True):
        half = translation(-0.5, -0.5) @ matrix @ translation(0.5, 0.5)
        image = cv2.warpAffine(mask.numpy().astype(np.uint8) * 255, half[:2], (120, 120), flags=cv2.INTER_LINEAR)
        expected = torch.from_numpy(image >= 128)
        if expected.sum() > 30:
            assert _overlap(found, expected) > 0.98


def test_a_mask_that_leaves_the_canvas_becomes_empty_and_keeps_its_row() -> None:
    full = torch.zeros((2, 20, 20), dtype=torch.bool)
    full[0, 2:6, 2:6] = full[1, 12:18, 12:18] = True
    moved = warp_masks(InstanceMasks.from_boolean(full), translation(-10.0, -10.0), (20, 20))
    assert moved.windows.tolist() == [[0, 0, 0, 0], [2, 2, 8, 8]]
    assert moved.areas.tolist() == [0, 36]


def test_no_masks_are_no_masks() -> None:
    moved = warp_masks(InstanceMasks.empty((20, 20)), scaling(2.0, 2.0), (40, 30))
    assert len(moved) == 0
    assert moved.size == (40, 30)


def test_covered_pixels_leave_every_mask() -> None:
    full = torch.zeros((3, 6, 8), dtype=torch.bool)
    full[0, 1:5, 1:7], full[1, 0:2, 0:2] = True, True
    covered = np.zeros((6, 8), dtype=np.bool_)
    covered[:, :4] = True
    found = covered_masks(InstanceMasks.from_boolean(full, 4), covered)
    assert torch.equal(found.to_boolean(), full & ~torch.from_numpy(covered))
    assert found.windows.tolist() == [[4, 1, 7, 5], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert found.stride == 4
