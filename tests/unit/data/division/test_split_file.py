from pathlib import Path

import pytest

from boxwright.data.division.split_file import SPLIT_FILE, read_split, write_split
from boxwright.errors import DataError


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_split(tmp_path / SPLIT_FILE, {"train": ["a.jpg", "sub/ä.jpg"], "val": ["b.jpg"]})
    expected = {"a.jpg": "train", "sub/ä.jpg": "train", "b.jpg": "val"}
    assert read_split(tmp_path / SPLIT_FILE) == expected
    assert read_split(tmp_path) == expected


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[]", "does not say which image"),
        ('{"train": []}', "does not say which image"),
        ('{"train": [], "val": [], "test": []}', "does not say which image"),
        ('{"train": "a", "val": []}', "train must be a list"),
        ('{"train": [], "val": [1]}', "val must be a list"),
        ('{"train": ["a", "b"], "val": ["b"]}', "'b'"),
        ("{", "not readable as JSON"),
    ],
)
def test_other_files(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(DataError, match=what):
        read_split(tmp_path / "x.json")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"split\.json: .*cannot be opened"):
        read_split(tmp_path)
