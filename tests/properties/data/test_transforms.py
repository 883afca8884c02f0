"""Boxes and pixels move together: a rectangle is painted, changed, and found again in the pixels."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from boxwright.data.images.reading import as_tensor
from boxwright.data.transforms import FitToCanvas, HorizontalFlip, IoUCrop, Mosaic, RandomAffine, VerticalFlip, ZoomOut
from boxwright.geometry.letterbox import Fit
from boxwright.structures import ImageOrigin, Sample

SIDES = st.integers(24, 160)
SIZES = st.tuples(SIDES, SIDES)
CANVASES = st.tuples(st.integers(48, 128), st.integers(48, 128))
SEEDS = st.integers(0, 2**32 - 1)


Rectangle = tuple[tuple[int, int], list[int]]


@st.composite
def rectangles(draw: st.DrawFn) -> Rectangle:
    """The size of an image, and a box in it that is not small."""
    height, width = draw(SIZES)
    left, top = draw(st.integers(0, width - 12)), draw(st.integers(0, height - 12))
    right, bottom = draw(st.integers(left + 12, width)), draw(st.integers(top + 12, height))
    return (height, width), [left, top, right, bottom]


def _painted(rectangle: Rectangle) -> Sample:
    """A black image with one white rectangle and its box."""
    size, (left, top, right, bottom) = rectangle
    pixels = np.zeros((*size, 3), np.uint8)
    pixels[top:bottom, left:right] = 255
    box = torch.tensor([rectangle[1]], dtype=torch.float32)
    origin = ImageOrigin(0, None, size)
    return Sample(as_tensor(pixels), box, torch.zeros(1, dtype=torch.int64), torch.zeros(1, dtype=torch.bool), origin)


def _black(size: tuple[int, int]) -> Sample:
    none = torch.zeros(0, dtype=torch.int64)
    pixels = as_tensor(np.zeros((*size, 3), np.uint8))
    return Sample(pixels, torch.zeros(0, 4), none, none.bool(), ImageOrigin(1, None, size))


def _box_of_pixels(sample: Sample) -> list[int] | None:
    """Finds the rectangle; it is white, the rest is black, the fill grey of 114."""
    rows, columns = np.nonzero(sample.image[0].numpy() > 127)
    if not len(rows):
        return None
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def _check(sample: Sample, tolerance: float) -> None:
    found = _box_of_pixels(sample)
    if len(sample.boxes):
        assert found is not None, f"box {sample.boxes.tolist()} where nothing is painted"
        difference = np.abs(np.array(found) - sample.boxes[0].numpy()).max()
        assert difference <= tolerance, f"box {sample.boxes.tolist()}, pixels {found}"


@given(rectangles(), st.sampled_from([HorizontalFlip(1.0), VerticalFlip(1.0)]))
def test_flips_move_boxes_with_pixels_and_undo_themselves(
    rectangle: Rectangle, flip: HorizontalFlip | VerticalFlip
) -> None:
    sample = _painted(rectangle)
    rng = np.random.default_rng(0)
    flipped = flip(sample, rng)
    assert _box_of_pixels(flipped) == flipped.boxes[0].tolist()
    back = flip(flipped, rng)
    assert torch.equal(back.boxes, sample.boxes)
    assert torch.equal(back.image, sample.image)


@given(rectangles(), CANVASES)
def test_letterbox_moves_boxes_with_pixels_and_leads_back(rectangle: Rectangle, canvas: tuple[int, int]) -> None:
    sample = _painted(rectangle)
    fitted = FitToCanvas(canvas)(sample)
    _check(fitted, 1.0)
    assert fitted.origin.letterbox is not None
    assert torch.allclose(fitted.origin.letterbox.to_original(fitted.boxes), sample.boxes, atol=1e-3)


@given(rectangles(), CANVASES, SEEDS)
def test_scaling_and_shifting(rectangle: Rectangle, canvas: tuple[int, int], seed: int) -> None:
    sample = _painted(rectangle)
    _check(RandomAffine(canvas, translate=0.2, scale=0.5)(sample, np.random.default_rng(seed)), 1.0)


@given(rectangles(), CANVASES, SEEDS, st.sampled_from(["centre", "corner"]))
def test_zooming_out_and_cropping(rectangle: Rectangle, canvas: tuple[int, int], seed: int, fit: Fit) -> None:
    sample = _painted(rectangle)
    rng = np.random.default_rng(seed)
    window = IoUCrop().draw(sample, ZoomOut(0.5).draw(sample.size, rng), rng)
    _check(window.show(sample, canvas, window.to_canvas(canvas, fit)), 1.0)


@given(rectangles(), CANVASES, SEEDS)
def test_mosaic(rectangle: Rectangle, canvas: tuple[int, int], seed: int) -> None:
    sample = _painted(rectangle)
    rng = np.random.default_rng(seed)
    samples = [_black((50, 70)), _black((90, 30)), _black((40, 40))]
    samples.insert(int(rng.integers(4)), sample)
    _check(Mosaic(RandomAffine(canvas))(samples, rng), 1.0)


@given(CANVASES, SEEDS, st.floats(-180, 180), st.floats(-20, 20))
def test_turning_and_shearing_the_whole(canvas: tuple[int, int], seed: int, turn: float, shear: float) -> None:
    """A disc: its box under a turn is known without a corner that pixels cannot show."""
    size, radius = (160, 160), 60
    rows, columns = np.mgrid[:160, :160] + 0.5
    pixels = np.where(np.hypot(rows - 80, columns - 80) <= radius, 255, 0).astype(np.uint8)
    sample = _black(size)
    sample.image[:] = torch.from_numpy(pixels)
    rng = np.random.default_rng(seed)
    affine = RandomAffine(canvas, degrees=abs(turn), translate=0.0, scale=0.1, shear=abs(shear))
    state = rng.bit_generator.state
    changed = affine(sample, rng)
    rng.bit_generator.state = state
    ratio = min(canvas[0] / 160, canvas[1] / 160)
    linear = affine.draw(rng, canvas)[:2, :2] * ratio
    half = radius * np.linalg.norm(linear, axis=1)  # support of an ellipse along x and y
    middle = np.array([canvas[1] / 2, canvas[0] / 2])
    expected = np.concatenate((middle - half, middle + half))
    expected = np.clip(expected, 0, [canvas[1], canvas[0]] * 2)
    found = _box_of_pixels(changed)
    assert found is not None
    assert np.abs(np.array(found) - expected).max() <= 2.0


@given(st.sampled_from([0, 90, 180, 270]), CANVASES)
def test_quarter_turns_move_boxes_with_pixels(turn: int, canvas: tuple[int, int]) -> None:
    from boxwright.data.transforms.affine_map import rotation, translation
    from boxwright.data.transforms.composition import compose

    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[5:20, 10:50] = 255
    sample = _black((40, 60))
    sample.image[:] = torch.from_numpy(pixels).permute(2, 0, 1)
    boxed = Sample(
        sample.image,
        torch.tensor([[10.0, 5, 50, 20]]),
        torch.tensor([0]),
        torch.tensor([False]),
        sample.origin,
    )
    around = translation(canvas[1] / 2, canvas[0] / 2) @ rotation(float(turn)) @ translation(-30.0, -20.0)
    result = compose([(boxed, around)], canvas, sample.origin)
    assert len(result.boxes) == 1
    _check(result, 1.0)


@given(rectangles(), CANVASES, SEEDS)
def test_what_is_not_boxed_is_not_visible(rectangle: Rectangle, canvas: tuple[int, int], seed: int) -> None:
    """A box is only dropped when less than about a tenth, or next to nothing, can be seen."""
    sample = _painted(rectangle)
    changed = RandomAffine(canvas, translate=0.9, scale=0.0)(sample, np.random.default_rng(seed))
    if len(changed.boxes) == 0 and (found := _box_of_pixels(changed)) is not None:
        fitted = FitToCanvas(canvas)(sample).boxes[0]
        whole = float((fitted[2] - fitted[0]) * (fitted[3] - fitted[1]))
        sides = found[2] - found[0], found[3] - found[1]
        assert min(sides) <= 3 or (sides[0] - 1) * (sides[1] - 1) <= 0.1 * whole


@pytest.mark.parametrize("wrong", [np.diag([1.1, 1.0, 1.0]), np.diag([1.0, 1.0, 1.0])[[1, 0, 2]]])
def test_the_check_itself_finds_a_wrong_matrix(wrong: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    from boxwright.data.transforms import composition

    right = composition.map_boxes
    monkeypatch.setattr(composition, "map_boxes", lambda matrix, boxes: right(matrix @ wrong, boxes))
    pixels = np.zeros((100, 100, 3), np.uint8)
    pixels[40:80, 20:70] = 255
    plain = _black((100, 100))
    box = torch.tensor([[20.0, 40, 70, 80]])
    sample = Sample(as_tensor(pixels), box, torch.tensor([0]), torch.tensor([False]), plain.origin)
    with pytest.raises(AssertionError, match="pixels"):
        _check(RandomAffine((100, 100), translate=0.0, scale=0.0)(sample, np.random.default_rng(0)), 1.0)
