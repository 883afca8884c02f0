import json
import time
from pathlib import Path

import pytest

from boxwright.data.formats.json_file import json_outline, read_json
from boxwright.errors import DataError


def _file(folder: Path, text: str | bytes) -> Path:
    path = folder / "a.json"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_outline_of_an_object(tmp_path: Path) -> None:
    text = json.dumps({"info": {"a": 1, "b": [2]}, "images": [{"id": 1}], 'say "hi"': "x: {", "n": 3})
    outline = json_outline(_file(tmp_path, text))
    assert outline.opening == "{"
    assert outline.keys == {"info": "{", "images": "[", 'say \\"hi\\"': '"', "n": "3"}
    assert outline.inner == {"a": "1", "b": "["}


def test_outline_of_a_list(tmp_path: Path) -> None:
    outline = json_outline(_file(tmp_path, json.dumps([{"data": {"image": "x"}, "id": 1}, {"other": 2}])))
    assert (outline.opening, outline.keys) == ("[", {})
    assert outline.inner == {"data": "{", "id": "1"}


@pytest.mark.parametrize("text", ["", "<a/>", b"\xff\xd8\xff", "lr: 1"])
def test_what_is_not_json_has_no_outline(tmp_path: Path, text: str | bytes) -> None:
    assert json_outline(_file(tmp_path, text)).opening == ""


def test_a_file_that_is_cut_off_has_an_outline_but_cannot_be_read(tmp_path: Path) -> None:
    path = _file(tmp_path, json.dumps({"images": [{"id": 1}] * 9})[:30])
    assert json_outline(path).keys == {"images": "["}
    with pytest.raises(DataError, match="not readable as JSON"):
        read_json(path)


@pytest.mark.parametrize("text", ['"\\"' * 200_000, '{"a": ' + '\\"' * 200_000, "[" * 400_000, '{"' + "\\" * 400_000])
def test_the_outline_of_a_hostile_file_takes_no_time(tmp_path: Path, text: str) -> None:
    path = _file(tmp_path, text)
    start = time.process_time()
    json_outline(path)
    assert time.process_time() - start < 5


def test_a_file_that_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not readable as JSON"):
        read_json(_file(tmp_path, "[" * 100_000 + "]" * 100_000))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert json_outline(tmp_path / "none.json").opening == ""
    with pytest.raises(DataError, match="cannot be opened"):
        read_json(tmp_path / "none.json")
