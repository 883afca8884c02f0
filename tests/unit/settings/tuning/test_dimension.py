"""The values that a search may give to one setting."""

from typing import Any, Literal

import pytest

from boxwright.arguments.usage_error import UsageError
from boxwright.settings.tuning.dimension import Choices, Range, dimension_of


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        (float | None, "1e-4..1e-2:log", Range("s", 1e-4, 1e-2, is_log=True)),
        (float | None, "0..1", Range("s", 0.0, 1.0)),
        (float | None, " -0.5 .. 0.5 ", Range("s", -0.5, 0.5)),
        (float | None, "0..1:0.25", Range("s", 0.0, 1.0, step=0.25)),
        (int | None, "4..64:log", Range("s", 4, 64, is_whole=True, is_log=True)),
        (int | tuple[int, int] | None, "256..640:32", Range("s", 256, 640, is_whole=True, step=32)),
        (Any, "4..16", Range("s", 4, 16, is_whole=True)),
        (Any, "0.0..1", Range("s", 0.0, 1.0)),
        (str, "yolov8n, yolov5n", Choices("s", ("yolov8n", "yolov5n"))),
        (str | None, "../a.pt,null", Choices("s", ("../a.pt", None))),
        (str, "2024,010", Choices("s", ("2024", "010"))),
        (float | None, "0,0.5,1e-3", Choices("s", (0, 0.5, 1e-3))),
        (Literal["fit", "check", "off"], "fit,off", Choices("s", ("fit", "off"))),
        (Any, "true,false,mid", Choices("s", (True, False, "mid"))),
        (tuple[float, float, float] | None, [[0, 0, 0], (0.1, 0.2, 0.3)], Choices("s", ([0, 0, 0], [0.1, 0.2, 0.3]))),
    ],
)
def test_ranges_and_lists_are_read(kind: Any, text: Any, found: object) -> None:
    assert dimension_of("s", kind, text) == found


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (float, 0.5, "space.s: 0.5 leaves nothing to search. Write a range as 0..1"),
        (float, "0.5", "leaves nothing to search"),
        (float, None, "leaves nothing to search"),
        (float, {"low": 1}, "leaves nothing to search"),
        (float, "1..0", "from a number to a larger one"),
        (float, "1..1", "from a number to a larger one"),
        (float, "0..1e999", "from a number to a larger one"),
        (float, "0..1:1e-320", "do not lead from 0.0 to 1.0"),
        (float, "0..1:1e-400", "do not lead from 0.0 to 1.0"),
        (int, f"0..{'9' * 400}", "from a number to a larger one"),
        (float, "0..1:log", "begins above 0"),
        (float, "0..1:lgo", "'0..1:lgo' is no range"),
        (float, "a..b", "is no range"),
        (float, "nan..1", "is no range"),
        (float, "0...1", "is no range"),
        (float, "0..1:0", "steps of 0.0 do not lead from 0.0 to 1.0"),
        (float, "0..1:0.3", "steps of 0.3 do not lead"),
        (int, "1.5..3", "s takes whole numbers"),
        (int, "1..8:0.5", "s takes whole numbers"),
        (Literal["linear", "cosine"], "0..1", "s is linear or cosine, which has no range. List its values"),
        (bool, "0..1", "has no range"),
        (str, ["a"], "a list has two values or more"),
        (str, [], "a list has two values or more"),
        (str, "a,b,a", "each once"),
    ],
)
def test_what_is_neither_is_refused(kind: Any, value: Any, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        dimension_of("s", kind, value)
    assert str(refused.value).startswith("space.s: ")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("searched", "drawn", "kept"),
    [
        (Range("s", 1e-4, 1e-2, is_log=True), 0.00123456, 0.001235),
        (Range("s", 1e-4, 1e-2, is_log=True), 1.00004e-4, 1e-4),
        (Range("s", 0.0, 1.0), 0.123456, 0.1235),
        (Range("s", 0.0, 1.0), 1e-9, 0.0),
        (Range("s", 0.90001, 0.90002), 0.900012345678, 0.900012346),
        (Range("s", 0.0, 1.0, step=0.1), 0.30000000000000004, 0.3),
        (Range("s", 4, 64, is_whole=True), 17, 17),
    ],
)
def test_numbers_are_short_and_stay_in_the_range(searched: Range, drawn: float, kept: float) -> None:
    assert searched.rounded(drawn) == kept
    assert type(searched.rounded(drawn)) is (int if searched.is_whole else float)
    assert all(searched.rounded(end) == end for end in searched.probes)


def test_the_same_values_written_in_two_ways_are_the_same() -> None:
    assert dimension_of("s", float, "1e-4..1e-2:log").text == dimension_of("s", float, "0.0001..0.01:log").text
    assert dimension_of("s", str, "a,b").text == dimension_of("s", str, ["a", "b"]).text
    assert dimension_of("s", float, "0..1").text != dimension_of("s", float, "0..1:0.5").text
