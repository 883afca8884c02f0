import pytest

from boxwright.errors import ConfigError
from boxwright.geometry.canvas import canvas_pair


def test_one_side_stands_for_both() -> None:
    assert canvas_pair(64) == canvas_pair((64, 64)) == (64, 64)
    assert canvas_pair((64, 96)) == (64, 96)


@pytest.mark.parametrize("canvas", [0, -64, (0, 64), (64, -1), 9_999_999_999_968, (64, 10**30)])
def test_a_canvas_that_cannot_be_is_refused(canvas: int | tuple[int, int]) -> None:
    with pytest.raises(ConfigError, match="canvas: both sides must be from 1 to"):
        canvas_pair(canvas)
