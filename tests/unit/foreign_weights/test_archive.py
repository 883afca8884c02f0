"""An archive can be read in one way only, and holds what it claims."""

import pickle
import struct
import zipfile
from pathlib import Path

import pytest
import torch
from tests.unit.foreign_weights.hostile import call, write_archive

from boxwright.errors import DataError
from boxwright.foreign_weights.archive import list_archive

PLAIN = pickle.dumps({"a": 1}, protocol=2)


def _storage(numbers: int, key: bytes = b"0") -> bytes:
    """Gives a pickle with one storage, of so many numbers."""
    claimed = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX" + len(key).to_bytes(4, "little") + key
    return b"\x80\x02" + claimed + b"X\x03\x00\x00\x00cpu\x8a\x06" + numbers.to_bytes(6, "little") + b"tQ."


def test_a_good_one(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "w.pt", _storage(2), ("archive/data/0", bytes(8)))
    assert list_archive(path).storages["0"].num_bytes == 8
    torch.save(torch.nn.Linear(2, 2).state_dict(), path)
    assert set(list_archive(path).names) == {
        "collections.OrderedDict",
        "torch.FloatStorage",
        "torch._utils._rebuild_tensor_v2",
    }


@pytest.mark.parametrize(
    ("further", "said"),
    [
        (("other/data.pkl", PLAIN), "archive/data.pkl and other/data.pkl are in it"),
        (("data.pkl", PLAIN), "archive/data.pkl and data.pkl are in it"),
        (("archive/x/data.pkl", PLAIN), "are in it; weights have one"),
        (("archive/DATA.PKL", PLAIN), "are in it; weights have one"),
        (("../outside", b"x"), r"the name '\.\./outside' in it leads out"),
        (("archive/../../outside", b"x"), "leads out of the archive"),
        (("/etc/passwd", b"x"), "leads out of the archive"),
        (("archive\\..\\x", b"x"), "leads out of the archive"),
        (("C:/x", b"x"), "leads out of the archive"),
        (("stray", b"x"), "'stray' in it lies beside"),
        (("archive/code/__torch__.py", b"x"), "TorchScript"),
        (("archive/constants.pkl", PLAIN), "TorchScript"),
    ],
)
def test_tricks_in_the_names(further: tuple[str, bytes], said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=said):
        list_archive(write_archive(tmp_path / "w.pt", PLAIN, further))


def test_the_same_name_twice(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    with pytest.warns(UserWarning, match="Duplicate name"):
        write_archive(path, PLAIN, ("archive/data.pkl", call(tmp_path / "canary")))
    with pytest.raises(DataError, match=r"archive/data\.pkl is in it twice"):
        list_archive(path)


def test_an_archive_that_two_readers_read_differently(tmp_path: Path) -> None:
    """One looks from the end for the list of what is in it, and the other is led to another list by a comment."""
    harmless = write_archive(tmp_path / "a.pt", PLAIN).read_bytes()
    hostile = write_archive(tmp_path / "b.pt", call(tmp_path / "canary")).read_bytes()
    end = hostile.rindex(b"PK\x05\x06")
    comment = harmless[harmless.rindex(b"PK\x05\x06") :]
    path = tmp_path / "w.pt"
    path.write_bytes(hostile[:end] + hostile[end : end + 20] + struct.pack("<H", len(comment)) + comment)
    with pytest.raises((DataError, zipfile.BadZipFile, RuntimeError)):
        list_archive(path)


def test_a_compressed_one_may_grow(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "w.pt", PLAIN)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/0", bytes(10**6))
    with pytest.raises(DataError, match="archive/data/0 in it is compressed"):
        list_archive(path)


def test_parts_that_lie_over_each_other(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", PLAIN)
        archive.writestr("archive/data/0", bytes(1000))
        for number in range(1, 50):
            entry = zipfile.ZipInfo(f"archive/data/{number}")
            entry.header_offset = archive.getinfo("archive/data/0").header_offset
            entry.file_size = entry.compress_size = 1000
            entry.CRC = archive.getinfo("archive/data/0").CRC
            archive.filelist.append(entry)
    with pytest.raises(DataError, match=r"larger than the file .* they lie over each other"):
        list_archive(path)


@pytest.mark.parametrize(("numbers", "key"), [(10**12, b"0"), (3, b"0"), (1, b"1"), (1, b"../data.pkl")])
def test_storages_must_be_there_in_full(numbers: int, key: bytes, tmp_path: Path) -> None:
    path = write_archive(tmp_path / "w.pt", _storage(numbers, key), ("archive/data/0", bytes(8)))
    with pytest.raises(DataError, match=r"claims [\d,]+ bytes of data/.*, which (is not there|has 8)"):
        list_archive(path)


def test_no_archive_of_torch(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "text")
    with pytest.raises(DataError, match=r"without data\.pkl"):
        list_archive(tmp_path / "a.zip")


def test_a_list_of_contents_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_archive(tmp_path / "w.pt", PLAIN)
    list_archive(path)
    monkeypatch.setattr("boxwright.foreign_weights.archive.LARGEST_LIST", 50)
    with pytest.raises(DataError, match=r"its list of contents has 1\d\d bytes, more than weights need"):
        list_archive(path)
