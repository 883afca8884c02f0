import cv2
import numpy as np
import pytest

from boxwright.data.images import opencv_decoding
from boxwright.data.images.opencv_decoding import decoded_by_opencv


def test_older_opencv_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    bgr = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    monkeypatch.setattr(opencv_decoding, "_RGB", None)
    decoded = decoded_by_opencv(np.asarray(cv2.imencode(".png", bgr)[1], np.uint8))
    assert decoded is not None
    assert np.array_equal(decoded, bgr[:, :, ::-1])


def test_none_of_what_is_no_image() -> None:
    assert decoded_by_opencv(np.zeros(10, np.uint8)) is None
