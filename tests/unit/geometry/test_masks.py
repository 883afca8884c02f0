import pytest
import torch
from torch.nn.functional import interpolate

from boxwright.geometry.masks import linear_taps, nearest_pixels, pixel_windows, upsample_window


def test_a_window_holds_the_lower_edge_and_not_the_upper() -> None:
    boxes = torch.tensor([[2.0, 3.0, 5.0, 4.0], [2.1, 3.0, 5.1, 4.9], [1.9, 2.9, 2.0, 3.0]])
    assert pixel_windows(boxes, (10, 10)).tolist() == [[2, 3, 5, 4], [3, 3, 6, 5], [2, 3, 2, 3]]


def test_windows_are_cut_to_the_image() -> None:
    boxes = torch.tensor([[-7.5, -1.0, 40.0, 3.0], [20.0, 1.0, 30.0, 2.0]])
    windows = pixel_windows(boxes, (6, 8))
    assert windows.tolist() == [[0, 0, 8, 3], [8, 1, 8, 2]]


def test_a_window_holds_the_pixels_whose_index_is_in_the_box() -> None:
    generator = torch.Generator().manual_seed(0)
    corners = torch.rand(200, 2, 2, generator=generator) * 14 - 2
    boxes = torch.cat((corners.amin(dim=1), corners.amax(dim=1)), dim=1)
    places = torch.arange(10)
    for box, window in zip(boxes.tolist(), pixel_windows(boxes, (10, 10)).tolist(), strict=True):
        for axis in (0, 1):
            inside = places[(places >= box[axis]) & (places < box[axis + 2])].tolist()
            assert list(range(window[axis], window[axis + 2])) == inside


@pytest.mark.parametrize(
    ("size", "enlarged"), [((5, 7), (20, 28)), ((6, 4), (9, 11)), ((3, 3), (3, 3)), ((1, 2), (5, 5))]
)
def test_reading_everywhere_is_bilinear_interpolation(size: tuple[int, int], enlarged: tuple[int, int]) -> None:
    values = torch.randn(size, generator=torch.Generator().manual_seed(1))
    rows, columns = ((torch.arange(new) + 0.5) * (old / new) for old, new in zip(size, enlarged, strict=True))
    expected = interpolate(values[None, None], enlarged, mode="bilinear", align_corners=False)[0, 0]
    torch.testing.assert_close(upsample_window(values, rows, columns), expected)


def test_the_second_tap_stays_inside() -> None:
    first, second, share = linear_taps(torch.tensor([0.0, 0.5, 1.25, 3.9]), 4)
    assert first.tolist() == [0, 0, 0, 3]
    assert second.tolist() == [1, 1, 1, 3]
    assert share.tolist() == [0.0, 0.0, 0.75, 0.0]


@pytest.mark.parametrize(("length", "new"), [(96, 24), (24, 96), (10, 7), (7, 10), (5, 5)])
def test_nearest_pixels_are_those_of_nearest_resizing(length: int, new: int) -> None:
    values = torch.arange(length, dtype=torch.float32)
    expected = interpolate(values[None, None], new, mode="nearest")[0, 0].long()
    assert torch.equal(nearest_pixels(torch.arange(new), length, new), expected)
