import pytest

from boxwright.lettering.columns import shown_width, to_left, to_right


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("cat", 3), ("猫", 2), ("가위", 4), ("e\u0301", 1), ("قط", 2), ("×–…", 3)]
)
def test_places_on_a_terminal(text: str, width: int) -> None:
    assert shown_width(text) == width
    assert to_left(text, 6) == text + " " * (6 - width)
    assert to_right(text, 6) == " " * (6 - width) + text


def test_what_is_too_wide_stays() -> None:
    assert to_left("猫猫", 3) == to_right("猫猫", 3) == "猫猫"
