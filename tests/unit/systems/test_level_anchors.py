from typing import Any

import pytest

from boxwright.errors import ConfigError
from boxwright.systems import build_system
from boxwright.systems.level_anchors import level_anchors

THREE = [[[10, 13], [16, 30]], [[30, 61], [62, 45]], [[116, 90], [156, 198]]]
FOUR = [[[4, 4], [6, 6]], *THREE]


def test_a_level_without_its_own_has_half_of_the_next() -> None:
    found = level_anchors(THREE, "2-5")
    assert found[0] == ((5.0, 6.5), (8.0, 15.0))
    assert found[1:] == level_anchors(THREE, "3-5")
    assert level_anchors(found, "2-5") == found
    assert build_system("yolov5n", 1, anchors=THREE, levels="2-5").options["anchors"] == found


def test_ones_own_stay() -> None:
    assert level_anchors(FOUR, "2-5")[0] == ((4.0, 4.0), (6.0, 6.0))


@pytest.mark.parametrize(
    ("anchors", "levels", "message"),
    [
        (FOUR, "3-5", r"found 4 levels with \[2, 2, 2, 2\] anchors\. Give 3 levels"),
        (THREE[:2], "2-5", r"found 2 levels with \[2, 2\] anchors\. Give 4 levels"),
        ([[[4, 4]], *THREE], "2-5", r"found 4 levels with \[1, 2, 2, 2\] anchors"),
        ("auto", "2-5", r"anchors cannot be 'auto'\. Give 4 levels"),
    ],
)
def test_others_are_refused(anchors: Any, levels: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        level_anchors(anchors, levels)
