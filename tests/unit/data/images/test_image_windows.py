import numpy as np

from boxwright.data.images.image_windows import DecodedImage


def test_a_part_is_a_copy() -> None:
    pixels = np.arange(5 * 6 * 3, dtype=np.uint8).reshape(5, 6, 3)
    part = DecodedImage(pixels).read((1, 2, 4, 5))
    assert np.array_equal(part, pixels[2:5, 1:4])
    part[:] = 0
    assert pixels[2, 1, 0] == (2 * 6 + 1) * 3
