import pytest

from boxwright.data.formats.box_check import UnsoundError, sound_box


def test_inside() -> None:
    assert sound_box((1.0, 2.0, 3.0, 4.0), (10, 10), "x") == ((1.0, 2.0, 3.0, 4.0), False)


def test_over_the_edge() -> None:
    assert sound_box((-1.0, 2.0, 30.0, 4.0), (10, 20), "x") == ((0.0, 2.0, 20.0, 4.0), True)


def test_a_hair_over_the_edge_is_not_reported() -> None:
    assert sound_box((0.0, 0.0, 20.001, 10.0), (10, 20), "x") == ((0.0, 0.0, 20.0, 10.0), False)


@pytest.mark.parametrize(
    ("corners", "code"),
    [
        ((1.0, 1.0, 1.0, 5.0), "box-empty"),
        ((1.0, 5.0, 4.0, 5.0), "box-empty"),
        ((4.0, 1.0, 1.0, 5.0), "box-empty"),
        ((20.0, 1.0, 25.0, 5.0), "box-outside"),
        ((1.0, -9.0, 5.0, 0.0), "box-outside"),
        ((1.0, 1.0, float("nan"), 5.0), "box-not-numbers"),
        ((1.0, 1.0, float("inf"), 5.0), "box-not-numbers"),
    ],
)
def test_not_sound(corners: tuple[float, float, float, float], code: str) -> None:
    with pytest.raises(UnsoundError, match=r"in a\.png: bbox") as caught:
        sound_box(corners, (10, 20), "in a.png: bbox [1]")
    assert caught.value.code == code
