"""One file, two names."""

import os
from pathlib import Path

import pytest

from boxwright.writing import second_name
from boxwright.writing.atomic_file import atomic_file
from boxwright.writing.second_name import give_second_name


def _write(path: Path, content: bytes) -> None:
    with atomic_file(path, replaces=True) as file:
        file.write(content)


def test_the_bytes_are_there_once_and_stay_when_the_first_name_moves_on(tmp_path: Path) -> None:
    last, best = tmp_path / "last", tmp_path / "kept" / "best"
    _write(last, b"one")
    give_second_name(last, best)
    assert last.samefile(best)
    _write(last, b"two")
    assert (last.read_bytes(), best.read_bytes()) == (b"two", b"one")
    give_second_name(last, best)
    assert best.read_bytes() == b"two"
    assert {path.name for path in tmp_path.rglob("*")} == {"last", "kept", "best"}


def test_without_links_it_is_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(second_name.os, "link", refuse)
    last, best = tmp_path / "last", tmp_path / "best"
    _write(last, b"one")
    give_second_name(last, best)
    give_second_name(last, best)
    assert best.read_bytes() == b"one"
    assert not os.path.samefile(last, best)
    assert {path.name for path in tmp_path.iterdir()} == {"last", "best"}
