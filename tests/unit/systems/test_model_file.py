import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from boxwright.errors import ConfigError, DataError
from boxwright.systems.model_file import is_safetensors, read_header, read_tensors, write_tensors

TENSORS = {"a": torch.arange(6.0).view(2, 3), "b": torch.tensor(3), "c": torch.ones(2, dtype=torch.float16)}


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "new" / "m.safetensors"
    write_tensors(path, TENSORS, '{"system": "x"}', replaces=False)
    return path


def test_what_is_written_is_read(written: Path) -> None:
    assert is_safetensors(written)
    assert read_header(written) == {"system": "x"}
    for read in (read_tensors(written), load_file(written)):  # anybody can read it
        assert all(torch.equal(read[name], value) for name, value in TENSORS.items())


def test_parts_of_one_tensor_and_transposed_ones_are_written(tmp_path: Path) -> None:
    whole = torch.arange(6.0).view(2, 3)
    write_tensors(tmp_path / "m", {"a": whole[0], "b": whole[1], "c": whole.T, "d": whole}, "{}", replaces=False)
    assert torch.equal(read_tensors(tmp_path / "m")["c"], whole.T)


def test_nothing_is_written_over(written: Path) -> None:
    with pytest.raises(ConfigError, match="is there already"):
        write_tensors(written, TENSORS, "{}", replaces=False)
    write_tensors(written, TENSORS, "{}", replaces=True)
    assert read_header(written) == {}


def test_a_file_of_others_has_no_card(tmp_path: Path) -> None:
    save_file(TENSORS, tmp_path / "m")
    assert read_header(tmp_path / "m") is None
    save_file(TENSORS, tmp_path / "m", metadata={"format": "pt"})
    assert read_header(tmp_path / "m") is None


@pytest.mark.parametrize("header", ["{", "[1]", "3", "[" * 100_000])
def test_a_card_that_is_none(header: str, tmp_path: Path) -> None:
    save_file(TENSORS, tmp_path / "m", metadata={"boxwright": header})
    with pytest.raises(DataError, match=r"m( is cut short or damaged|: the card in it is no list of values)"):
        read_header(tmp_path / "m")


def test_what_is_said_twice_is_no_header(tmp_path: Path) -> None:
    entry = '"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
    (tmp_path / "m").write_bytes(struct.pack("<Q", 2 * len(entry) + 3) + f"{{{entry},{entry}}}".encode() + bytes(4))
    for read in (read_header, read_tensors):
        with pytest.raises(DataError, match="'a' is in its header twice, and which one counts depends on who reads"):
            read(tmp_path / "m")
    save_file(TENSORS, tmp_path / "n", metadata={"boxwright": '{"system": "x", "system": "y"}'})
    with pytest.raises(DataError, match="'system' is in its header twice"):
        read_header(tmp_path / "n")


@pytest.mark.parametrize("kept", [9, 100, -1])
def test_a_file_that_is_cut_short(kept: int, written: Path) -> None:
    written.write_bytes(written.read_bytes()[:kept])
    for read in (read_header, read_tensors):
        with pytest.raises(DataError, match=r"m\.safetensors is cut short or damaged"):
            read(written)


@pytest.mark.parametrize(
    "header",
    [
        b'{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}',
        b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}',
        b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        b'{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}',
    ],
)
def test_claims_that_are_not_true(header: bytes, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
    with pytest.raises(DataError, match="damaged"):
        read_tensors(tmp_path / "m")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xff" * 8 + b"{", b"12345678", b"a photograph"])
def test_files_of_another_kind(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(content)
    assert not is_safetensors(tmp_path / "m")


def test_a_header_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tensors(tmp_path / "m.safetensors", {"a": torch.zeros(1)}, "{}", replaces=False)
    monkeypatch.setattr("boxwright.systems.model_file.LONGEST_HEADER", 10)
    for read in (read_header, read_tensors):
        with pytest.raises(DataError, match=r"m\.safetensors: its header has \d+ bytes, weights need 10 at most"):
            read(tmp_path / "m.safetensors")
