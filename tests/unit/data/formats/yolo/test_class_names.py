from pathlib import Path

import pytest

from boxwright.data.formats.yaml_file import read_yaml
from boxwright.data.formats.yolo.class_names import class_names
from boxwright.errors import DataError


def _names(tmp_path: Path, text: str) -> dict[int, str]:
    path = tmp_path / "data.yaml"
    path.write_text(text)
    return class_names(read_yaml(path), path)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("names: [cat, dog]", {0: "cat", 1: "dog"}),
        ("names: {1: cat, 5: dog}", {1: "cat", 5: "dog"}),
        ("names: {'0': cat, \"1\": dog}", {0: "cat", 1: "dog"}),
        ("names: [yes, NO, on, off, true, y]", dict(enumerate(("yes", "NO", "on", "off", "true", "y")))),
        (
            "names: [010, 10, 0x10, 16, 1e3, 1000, 1.10, 1.1]",
            dict(enumerate(("010", "10", "0x10", "16", "1e3", "1000", "1.10", "1.1"))),
        ),
        ("names: {0: 12:30, 1: 2024-01-01, 2: 'null', 3: '~'}", {0: "12:30", 1: "2024-01-01", 2: "null", 3: "~"}),
        ("names: [cat, dog]\nnc: 2", {0: "cat", 1: "dog"}),
        ("names: [cat, dog]\nnc: '2'", {0: "cat", 1: "dog"}),
        ("names: [cat, dog]\nnc: ", {0: "cat", 1: "dog"}),
    ],
)
def test_names_as_they_are_written(tmp_path: Path, text: str, names: dict[int, str]) -> None:
    assert _names(tmp_path, text) == names


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("names: []", "names must be a list"),
        ("names: cat", "names must be a list.*found 'cat'"),
        ("names: ", "names must be a list"),
        ("names: {a: cat}", "names must be a list"),
        ("names: {010: cat}", "names must be a list"),
        ("names: {-1: cat}", "names must be a list"),
        ("names: {1.0: cat}", "names must be a list"),
        ("names: [cat, null]", "name of class 1 .* found nothing .*in quotes"),
        ("names: {0: cat, 3: ~}", "name of class 3 .* found nothing"),
        ("names: {0: , 1: cat}", "name of class 0 .* found nothing"),
        ("names: ['', cat]", "name of class 0 .* found nothing"),
        ("names: [cat, [dog]]", "name of class 1"),
        ("names: [cat, cat]", r"\['cat'\] come more than once"),
        ("names: [cat, dog]\nnc: 3", "nc is 3, but names has 2 entries"),
        ("names: [cat, dog]\nnc: two", "nc is 'two', which is no whole number"),
        ("names: [cat, dog]\nnc: [2]", "no whole number"),
    ],
)
def test_refused(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(DataError, match=what):
        _names(tmp_path, text)


def test_message_about_large_names_is_small(tmp_path: Path) -> None:
    with pytest.raises(DataError) as raised:
        _names(tmp_path, f"names: {{a: [{', '.join(['x'] * 50_000)}]}}")
    assert len(str(raised.value)) < 1000
