import pytest

from boxwright.data.datasets.box_check import UnsoundError, sound_box


def test_inside() -> None:
    assert sound_box((1, 2, 3, 4), (10, 10), "x") == ((1, 2, 3, 4), False)


def test_over_the_edge() -> None:
    assert sound_box((-1, 2, 30, 4), (10, 20), "x") == ((0, 2, 20, 4), True)


def test_a_hair_over_the_edge_is_not_reported() -> None:
    assert sound_box((0, 0, 20.001, 10), (10, 20), "x") == ((0, 0, 20, 10), False)


@pytest.mark.parametrize(
    ("corners", "code"),
    [
        ((1, 1, 1, 5), "box-empty"),
        ((1, 5, 4, 5), "box-empty"),
        ((4, 1, 1, 5), "box-empty"),
        ((20, 1, 25, 5), "box-outside"),
        ((1, -9, 5, 0), "box-outside"),
        ((1, 1, float("nan"), 5), "box-not-numbers"),
        ((1, 1, float("inf"), 5), "box-not-numbers"),
    ],
)
def test_not_sound(corners: tuple[float, float, float, float], code: str) -> None:
    with pytest.raises(UnsoundError, match=r"in a\.png: bbox") as caught:
        sound_box(corners, (10, 20), "in a.png: bbox [1]")
    assert caught.value.code == code
