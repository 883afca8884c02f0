from pathlib import Path

import pytest

from boxwright.data.division.split_file import SPLIT_FILE, naming_split_of, read_split, write_split
from boxwright.data.formats.layout import UndividedError
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


@pytest.mark.parametrize("model", ["train", "train/weights/best.pt"])
def test_a_run_that_divided_the_data_is_named(tmp_path: Path, model: str) -> None:
    (tmp_path / "train/weights").mkdir(parents=True)
    write_split(tmp_path / "train/split.json", {"train": ["a"], "val": ["b"]})
    with (
        pytest.raises(DataError, match=r"photos has 12 images in no parts\. .* --val .*/train \(in") as caught,
        naming_split_of(tmp_path / model),
    ):
        raise UndividedError("photos", "12 images")
    assert "0.2" not in str(caught.value)


def test_a_run_that_divided_nothing_is_not_named(tmp_path: Path) -> None:
    with pytest.raises(UndividedError, match=r"--val 0\.2"), naming_split_of(tmp_path / "train"):
        raise UndividedError("photos", "12 images")
