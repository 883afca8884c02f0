import os
from collections.abc import Callable
from pathlib import Path

import pytest

from boxwright.data.formats.text_lines import class_names_in, file_names_in
from boxwright.errors import DataError


@pytest.mark.parametrize("read", [file_names_in, class_names_in])
def test_lines_end_at_line_ends_alone(tmp_path: Path, read: Callable[[Path], list[str]]) -> None:
    (tmp_path / "list.txt").write_bytes("\ufeffa b\r\n猫\u2028\x85.png\rc\x0c\n".encode())
    assert read(tmp_path / "list.txt") == ["a b", "猫\u2028\x85.png", "c\x0c", ""]


def test_names_of_files_need_not_be_utf_8(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(b"caf\xe9.jpg\n")
    assert [os.fsencode(name) for name in file_names_in(tmp_path / "list.txt")] == [b"caf\xe9.jpg", b""]


def test_names_of_classes_must_be(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(b"caf\xe9\n")
    with pytest.raises(DataError, match=r"list\.txt: the class names are not UTF-8 .*Save the file as UTF-8"):
        class_names_in(tmp_path / "list.txt")


def test_what_is_no_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes("a.jpg\n".encode("utf-16"))
    with pytest.raises(DataError, match=r"UTF-16\. Write one per line"):
        file_names_in(tmp_path / "list.txt")
    with pytest.raises(DataError, match="cannot be opened"):
        file_names_in(tmp_path)
