from typing import Any

import numpy as np
import pytest

from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.label_studio.brush import read_brush


def _written(blocks: list[Any], count: int) -> list[int]:
    """Writes blocks, each a value and its number of repeats, or a list of values, in 8-bit values and 3-bit lengths."""
    bits = f"{count:032b}{7:05b}" + f"{2:04b}{3:04b}{7:04b}{15:04b}"
    for block in blocks:
        if isinstance(block, list):
            bits += f"0{0:02b}{len(block) - 1:03b}" + "".join(f"{value:08b}" for value in block)
        else:
            value, repeats = block
            bits += f"1{2:02b}{repeats - 1:08b}{value:08b}"
    bits += "0" * (-len(bits) % 8)
    return [int(bits[place : place + 8], 2) for place in range(0, len(bits), 8)]


def test_runs_and_single_values() -> None:
    blocks = [(0, 4), [255, 255, 255, 255], [1, 0, 0, 0], (9, 4), (0, 8)]
    painted = read_brush(_written(blocks, 24), (2, 3))
    assert painted.tolist() == [[False, True, False], [True, False, False]]


def test_the_example_of_a_wholly_painted_image() -> None:
    assert read_brush(_written([(255, 96)], 96), (4, 6)).all()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (None, "rle-counts"),
        (10**15, "rle-counts"),
        ("abc", "rle-counts"),
        ([300], "rle-counts"),
        (["a"], "rle-counts"),
        ([], "rle-size"),
        (_written([(0, 24)], 25), "rle-size"),
        (_written([(0, 23)], 24)[:8], "rle-counts"),
        (_written([(0, 20), (0, 20)], 24), "rle-counts"),
    ],
)
def test_other_values(values: Any, code: str) -> None:
    with pytest.raises(UnsoundError) as caught:
        read_brush(values, (2, 3))
    assert caught.value.code == code


def test_random_masks_come_back() -> None:
    rng = np.random.default_rng(0)
    expected = rng.integers(0, 2, (5, 7)).astype(bool)
    flat = np.repeat(expected.reshape(-1), 4)
    blocks = [[int(value) * 255 for value in flat[place : place + 8]] for place in range(0, len(flat), 8)]
    assert (read_brush(_written(blocks, len(flat)), (5, 7)) == expected).all()
