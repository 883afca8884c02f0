"""The way into a canvas and back, for any image and canvas."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from boxwright.geometry.letterbox import fit_letterbox, pad_to_multiple, resized_size

sizes = st.tuples(st.integers(1, 6000), st.integers(1, 6000))
canvases = st.tuples(st.integers(1, 40), st.integers(1, 40)).map(lambda cells: (32 * cells[0], 32 * cells[1]))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(size=sizes, canvas=canvases, enlarge=st.booleans(), shares=st.tuples(*[st.floats(-0.5, 1.5)] * 4))
def test_boxes_come_back(
    size: tuple[int, int], canvas: tuple[int, int], enlarge: bool, shares: tuple[float, float, float, float]
) -> None:
    letterbox = fit_letterbox(size, canvas, enlarge=enlarge)
    limits = torch.tensor([size[1], size[0], size[1], size[0]], dtype=torch.float64)
    boxes = (torch.tensor([shares], dtype=torch.float64) * limits).float()
    back = letterbox.to_original(letterbox.to_canvas(boxes))
    # A canvas pixel may be many original ones, so float32 rounding on the canvas grows by that ratio.
    tolerance = 1e-6 * (max(canvas) * 2 / min(letterbox.scale) + max(size))
    torch.testing.assert_close(back, boxes, rtol=0, atol=tolerance)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(size=sizes, canvas=canvases, enlarge=st.booleans())
def test_the_image_lies_inside_the_canvas_and_fills_one_side(
    size: tuple[int, int], canvas: tuple[int, int], enlarge: bool
) -> None:
    letterbox = fit_letterbox(size, canvas, enlarge=enlarge)
    height, width = resized_size(letterbox, size)
    top, left = letterbox.pad
    assert 1 <= height <= canvas[0]
    assert 1 <= width <= canvas[1]
    below, right = canvas[0] - height - top, canvas[1] - width - left
    assert 0 <= below - top <= 1
    assert 0 <= right - left <= 1
    if enlarge or size[0] >= canvas[0] or size[1] >= canvas[1]:
        assert height == canvas[0] or width == canvas[1]
    else:
        assert (height, width) == size


@settings(max_examples=300, deadline=None, derandomize=True)
@given(size=sizes, canvas=canvases)
def test_the_corners_of_the_image_land_on_the_corners_of_its_place(
    size: tuple[int, int], canvas: tuple[int, int]
) -> None:
    letterbox = fit_letterbox(size, canvas)
    height, width = resized_size(letterbox, size)
    top, left = letterbox.pad
    whole = letterbox.to_canvas(torch.tensor([[0.0, 0.0, float(size[1]), float(size[0])]]))
    wanted = torch.tensor([[left, top, left + width, top + height]])
    torch.testing.assert_close(whole, wanted, rtol=1e-5, atol=1e-3)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(size=sizes, multiple=st.integers(1, 64))
def test_padding_reaches_the_next_multiple_and_no_further(size: tuple[int, int], multiple: int) -> None:
    for side, padded in zip(size, pad_to_multiple(size, multiple), strict=True):
        assert padded % multiple == 0
        assert 0 <= padded - side < multiple
