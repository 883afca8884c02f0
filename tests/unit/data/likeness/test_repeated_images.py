from pathlib import Path

import cv2
import numpy as np
import pytest

from boxwright.data.images.check import ImageFinding, check_image
from boxwright.data.likeness.repeated_images import CheckedImage, repeated_images
from boxwright.data.reading_limits import DEFAULT_LIMITS


def _scene(seed: int, height: int = 240, width: int = 320) -> np.ndarray:
    """Something with edges and areas, as photographs have them."""
    rng = np.random.default_rng(seed)
    picture = np.full((height, width, 3), 200, np.uint8)
    for _ in range(60):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(picture, centre, int(rng.integers(4, 30)), rng.integers(0, 256, 3).tolist(), -1)
    return picture


@pytest.fixture
def write(tmp_path: Path):
    def write(part: str, name: str, pixels: np.ndarray, *, features: int = 200, quality: int = 95) -> CheckedImage:
        path = tmp_path / name
        cv2.imwrite(str(path), pixels, [cv2.IMWRITE_JPEG_QUALITY, quality] if name.endswith("jpg") else [])
        finding = check_image(str(path), pixels.shape[:2], DEFAULT_LIMITS, decode=True, features=features)
        assert finding.is_usable
        return CheckedImage(part, str(path), finding)

    return write


def _codes(images: list[CheckedImage]) -> list[tuple[str, str]]:
    return [(fault.code, Path(fault.file).name) for fault in repeated_images(images, DEFAULT_LIMITS)]


def test_the_same_pixels_in_another_file_format(write) -> None:
    images = [write("train", "a.png", _scene(0)), write("train", "b.png", _scene(1)), write("val", "c.bmp", _scene(0))]
    assert _codes(images) == [("shared-image", "c.bmp")]
    (fault,) = repeated_images(images, DEFAULT_LIMITS)
    assert fault.message.startswith("the same pixels as")
    assert fault.message.endswith("a.png of train")


def test_three_copies_in_one_part(write) -> None:
    images = [write("train", f"{name}.png", _scene(0)) for name in "abc"]
    assert _codes(images) == [("duplicate-image", "b.png"), ("duplicate-image", "c.png")]


def test_saved_again_as_jpeg_and_at_half_the_size(write) -> None:
    small = cv2.resize(_scene(0), (160, 120), interpolation=cv2.INTER_AREA)
    images = [write("train", "a.png", _scene(0)), write("val", "b.jpg", _scene(0), quality=60)]
    assert _codes(images) == [("shared-image", "b.jpg")]
    assert _codes([images[0], write("val", "c.jpg", small)]) == [("shared-image", "c.jpg")]


def test_two_shots_of_one_place(write) -> None:
    """Cut from one large scene with a shift, with noise of their own."""
    large, rng = _scene(5, 400, 500), np.random.default_rng(0)

    def shot(x: int, y: int) -> np.ndarray:
        part = large[y : y + 240, x : x + 320].astype(np.int16)
        return np.clip(part + rng.integers(-6, 7, part.shape), 0, 255).astype(np.uint8)

    images = [
        write("train", "a.png", shot(0, 0)),
        write("val", "b.png", shot(90, 60)),
        write("val", "c.png", _scene(9)),
    ]
    assert _codes(images) == [("shared-view", "b.png")]
    (fault,) = repeated_images(images, DEFAULT_LIMITS)
    assert "shows 54% of what is in" in fault.message  # (320 - 90) · (240 - 60) / (320 · 240)
    assert _codes([images[0], CheckedImage("train", images[1].path, images[1].finding)]) == [("similar-view", "b.png")]


def test_different_pictures_are_different(write) -> None:
    assert _codes([write("train" if seed % 2 else "val", f"{seed}.png", _scene(seed)) for seed in range(12)]) == []


def test_pictures_that_show_nothing_are_not_compared(write) -> None:
    dark = [write("train", f"{level}.png", np.full((60, 60, 3), level, np.uint8)) for level in (1, 2, 3)]
    assert _codes(dark) == []


def test_without_points_views_are_not_sought(write) -> None:
    large = _scene(5, 400, 500)
    images = [
        write("train", "a.png", large[:240, :320], features=0),
        write("val", "b.png", large[60:300, 90:410], features=0),
    ]
    assert _codes(images) == []


def test_images_that_were_not_decoded_are_passed_over() -> None:
    assert (
        _codes([CheckedImage("train", "a.png", ImageFinding(())), CheckedImage("val", "a.png", ImageFinding(()))]) == []
    )
