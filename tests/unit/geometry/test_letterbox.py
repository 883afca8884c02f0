import pytest
import torch

from boxwright.errors import ConfigError, ShapeError
from boxwright.geometry.letterbox import Letterbox, fit_letterbox, pad_to_multiple, resized_size


def test_worked_by_hand() -> None:
    """480 × 640 into 320 × 320: half the size, 40 pixels above and below."""
    letterbox = fit_letterbox((480, 640), (320, 320))
    assert letterbox == Letterbox((0.5, 0.5), (40.0, 0.0), (320, 320))
    box = torch.tensor([[10.0, 20.0, 110.0, 220.0]])
    assert letterbox.to_canvas(box).tolist() == [[5, 50, 55, 150]]
    assert letterbox.to_original(letterbox.to_canvas(box)).tolist() == box.tolist()
    assert resized_size(letterbox, (480, 640)) == (240, 320)


def test_rounded_sides_scale_each_on_its_own_and_the_odd_pixel_goes_below_and_right() -> None:
    letterbox = fit_letterbox((3, 7), (10, 10))
    assert resized_size(letterbox, (3, 7)) == (4, 10)
    assert letterbox.scale == pytest.approx((4 / 3, 10 / 7))
    assert letterbox.pad == (3.0, 0.0)
    assert fit_letterbox((100, 97), (100, 100)).pad == (0.0, 1.0)


def test_small_images_are_enlarged_unless_told_not_to() -> None:
    assert fit_letterbox((10, 10), (40, 40)).scale == (4.0, 4.0)
    still = fit_letterbox((10, 10), (40, 40), enlarge=False)
    assert still.scale == (1.0, 1.0)
    assert still.pad == (15.0, 15.0)


def test_slivers_keep_one_pixel() -> None:
    assert resized_size(fit_letterbox((1, 10_000), (64, 64)), (1, 10_000)) == (1, 64)


@pytest.mark.parametrize(("size", "canvas"), [((0, 5), (32, 32)), ((5, 5), (32, 0)), ((-1, 5), (32, 32))])
def test_sides_must_be_positive(size: tuple[int, int], canvas: tuple[int, int]) -> None:
    with pytest.raises(ShapeError, match=r"positive sides; found image .* and canvas"):
        fit_letterbox(size, canvas)


def test_no_boxes() -> None:
    assert fit_letterbox((480, 640), (320, 320)).to_canvas(torch.zeros(0, 4)).shape == (0, 4)


@pytest.mark.parametrize(
    ("size", "multiple", "wanted"), [((1, 32), 32, (32, 32)), ((33, 64), 32, (64, 64)), ((7, 7), 1, (7, 7))]
)
def test_padding_to_a_multiple(size: tuple[int, int], multiple: int, wanted: tuple[int, int]) -> None:
    assert pad_to_multiple(size, multiple) == wanted


def test_in_the_corner_all_padding_is_below_and_right() -> None:
    letterbox = fit_letterbox((480, 640), (320, 320), fit="corner")
    assert letterbox == Letterbox((0.5, 0.5), (0.0, 0.0), (320, 320))
    assert resized_size(letterbox, (480, 640)) == (240, 320)


def test_stretching_fills_the_canvas_and_boxes_find_their_way_back() -> None:
    letterbox = fit_letterbox((480, 640), (300, 300), enlarge=False, fit="stretch")
    assert resized_size(letterbox, (480, 640)) == (300, 300)
    box = torch.tensor([[64.0, 48.0, 640.0, 480.0]])
    assert letterbox.to_canvas(box).tolist() == [[30, 30, 300, 300]]
    assert torch.allclose(letterbox.to_original(letterbox.to_canvas(box)), box)


def test_an_unknown_fit_is_refused() -> None:
    untyped = getattr(fit_letterbox, "__wrapped__", fit_letterbox)  # the shape checks of the tests would stop it first
    with pytest.raises(ConfigError, match="fit must be one of centre, corner, stretch; found 'middle'"):
        untyped((10, 10), (20, 20), fit="middle")
