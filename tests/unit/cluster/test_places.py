from pathlib import Path

import fsspec
import pytest

from boxwright.cluster.places import file_system_of, is_address, open_place
from boxwright.errors import DataError, MissingExtraError


def test_a_file_may_be_called_as_an_address(tmp_path: Path) -> None:
    name = str(tmp_path / "s3:" / "bucket")
    assert is_address("s3://bucket/a.jpg")
    assert not is_address(name)
    odd = tmp_path / "memory:" / "a.txt"
    odd.parent.mkdir()
    odd.write_bytes(b"of the disk")
    doubled = f"{tmp_path}/memory://a.txt"
    assert not is_address(doubled)
    with open_place(doubled) as file:
        assert file.read() == b"of the disk"


def test_files_behind_addresses_are_opened() -> None:
    fsspec.filesystem("memory").pipe_file("/places/a.txt", b"of the memory")
    with open_place("memory://places/a.txt") as file:
        assert file.read() == b"of the memory"
    with pytest.raises(OSError, match="lost"):
        open_place("memory://places/lost.txt")


def test_an_address_of_no_kind_is_named() -> None:
    with pytest.raises(DataError, match="nokind://a is an address of a kind that is not read"):
        file_system_of("nokind://a")


def test_what_speaks_to_an_address_may_be_lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(address: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec.core, "url_to_fs", lacking)
    with pytest.raises(MissingExtraError, match="s3://b/a cannot be read: Install s3fs"):
        file_system_of("s3://b/a")
