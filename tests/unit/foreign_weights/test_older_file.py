import io
import pickle
import tarfile
from pathlib import Path

import pytest
import torch

from boxwright.errors import DataError
from boxwright.foreign_weights.older_file import MAGIC, START, list_older_file


def test_the_beginning_is_that_of_torch(tmp_path: Path) -> None:
    assert pickle.dumps(MAGIC, protocol=2) == START
    path = tmp_path / "w.pt"
    torch.save({"a": torch.zeros(3)}, path, _use_new_zipfile_serialization=False)
    assert path.read_bytes().startswith(START)
    assert [storage.num_bytes for storage in list_older_file(path).storages.values()] == [12]


def test_more_than_is_there_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    torch.save({"a": torch.zeros(1000)}, path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(DataError, match=r"claims 4,000 bytes of weights and has 3,0\d\d: cut short"):
        list_older_file(path)


def test_a_file_that_is_a_tar_archive_too(tmp_path: Path) -> None:
    """Torch would read that in another way."""
    path = tmp_path / "w.pt"
    with tarfile.open(path, "w", encoding="latin-1", format=tarfile.GNU_FORMAT) as archive:
        entry = tarfile.TarInfo(START.decode("latin-1"))
        entry.size = 1
        archive.addfile(entry, io.BytesIO(b"x"))
    assert path.read_bytes().startswith(START)
    with pytest.raises(DataError, match="tar archive"):
        list_older_file(path)


def test_another_number_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    path.write_bytes(START + b"".join(pickle.dumps(value, protocol=2) for value in (1002, {}, {}, [])))
    with pytest.raises(DataError, match="it begins with"):
        list_older_file(path)


def test_a_text_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "w.pt"
    torch.save({"a" * 1000: torch.zeros(3)}, path, _use_new_zipfile_serialization=False)
    list_older_file(path)
    monkeypatch.setattr("boxwright.foreign_weights.older_file.MOST_BYTES", 999)
    with pytest.raises(DataError, match=r"a text in it is longer than weights need \(1,000 bytes\)"):
        list_older_file(path)
