import json
from pathlib import Path
from typing import Any

import pytest

from boxwright.data.formats import json_stream as module
from boxwright.data.formats.json_stream import stream_json

CONTENT = {
    "info": {"year": 2024, "nested": [1, {"b": "]},{"}]},
    "long": [{"id": number, "text": 'ä"}],{ \\ 😀' * (number % 3), "box": [1.5, -2e3, 0]} for number in range(50)],
    "number": 1234567,
    "empty": [],
    "last": "x",
}


def _streamed(path: Path, at_once: int, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(module, "_AT_ONCE", at_once)
    monkeypatch.setattr(module, "_ENTRIES", 7)
    taken: list[Any] = []
    found = stream_json(path, {"long": taken.extend, "empty": taken.extend})
    return None if found is None else found | {"long": taken}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32-le"])
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("at_once", [4, 7, 64, 4096])
def test_it_is_what_the_whole_text_says(
    encoding: str, indent: int | None, at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ascii_only in (False, True):
        path = tmp_path / f"{ascii_only}.json"
        path.write_text(f" \n{json.dumps(CONTENT, indent=indent, ensure_ascii=ascii_only)} \n", encoding=encoding)
        assert _streamed(path, at_once, monkeypatch) == CONTENT


def test_fewer_entries_are_handed_over_where_they_are_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 100)
    (tmp_path / "x.json").write_text(json.dumps({"masks": [[number] * 30 for number in range(10, 40)]}))
    groups: list[list[Any]] = []
    stream_json(tmp_path / "x.json", {"masks": lambda entries: groups.append(list(entries))})
    assert [mask[0] for group in groups for mask in group] == list(range(10, 40))
    assert max(map(len, groups)) == 1


DAMAGED = (
    *("", "{", "{}x", "[]", "null", '{"a": 1', '{"a" 1}', '{"a": 1,}', "{'a': 1}", "{1: 2}", '{"a": 1}{'),
    *('{"long": [1, 2}', '{"long": {}}', '{"long": [1 2]}', '{"long": [1,]}', '{"a": 1, "a": 2}'),
    '{"a": ' + "[" * 100_000,
)


@pytest.mark.parametrize("text", DAMAGED)
@pytest.mark.parametrize("at_once", [4, 4096])
def test_what_is_damaged_is_left_to_the_other_reader(
    text: str, at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.json").write_text(text)
    assert _streamed(tmp_path / "x.json", at_once, monkeypatch) is None


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        stream_json(tmp_path / "x.json", {})
