import av
import cv2
import numpy as np
import pytest

from boxwright.prediction.film_frame import film_frame


@pytest.mark.parametrize("size", [(48, 64), (50, 66), (2, 2), (1080, 4)])
def test_colours_are_those_of_ffmpeg(size):
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    picture[: size[0] // 2] = np.array((255, 0, 60), np.uint8)
    frame = film_frame(picture)
    assert (frame.format.name, frame.height, frame.width) == ("yuv420p", *size)
    expected = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p").to_ndarray()
    found = frame.to_ndarray()
    np.testing.assert_allclose(found[: size[0]].astype(int), expected[: size[0]].astype(int), atol=1)
    averaged = cv2.resize(picture, (size[1] // 2, size[0] // 2), interpolation=cv2.INTER_AREA).reshape(-1, 3)
    blue = averaged @ (-0.148223, -0.290993, 0.439216) + 128
    red = averaged @ (0.439216, -0.367788, -0.071427) + 128
    np.testing.assert_allclose(found[size[0] :].ravel(), np.concatenate((blue, red)), atol=0.51)


@pytest.mark.parametrize("size", [(65, 97), (64, 97), (65, 96), (1, 1)])
def test_odd_sides_are_kept(size):
    frame = film_frame(np.full((*size, 3), 200, np.uint8))
    assert (frame.format.name, frame.height, frame.width) == ("yuv420p", *size)
    assert abs(int(frame.to_ndarray(format="rgb24").mean()) - 200) <= 2  # the rounding of FFmpeg


@pytest.mark.parametrize("left", [10, 11])
def test_a_thin_line_keeps_its_colour(left):
    picture = np.full((20, 40, 3), 128, np.uint8)
    picture[:, left] = (255, 0, 0)
    shown = film_frame(picture).to_ndarray(format="rgb24")[10, left].astype(int)
    assert shown[0] - shown[2] > 60
