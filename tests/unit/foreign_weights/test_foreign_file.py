"""Nothing that is in a file of weights is run, and what is wrong with it is named."""

import pickle
import struct
from argparse import Namespace
from collections import Counter, OrderedDict, defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.unit.foreign_weights.hostile import PICKLES, write_archive
from tests.unit.foreign_weights.pickle_steps import END, START, called, name, storage, tensor, text
from tests.unit.foreign_weights.trainer_objects import foreign_classes
from torch import nn

from boxwright.errors import DataError
from boxwright.foreign_weights import Shell, read_foreign, weights_in

FORMS = [{}, {"_use_new_zipfile_serialization": False}]


@pytest.fixture(params=FORMS, ids=["archive", "older"])
def form(request: pytest.FixtureRequest) -> dict[str, Any]:
    chosen: dict[str, Any] = request.param
    return chosen


@pytest.mark.parametrize("name", PICKLES)
def test_a_hostile_pickle_is_refused_by_name(name: str, tmp_path: Path) -> None:
    make, said = PICKLES[name]
    canary = tmp_path / "canary"
    path = write_archive(tmp_path / "weights.pt", make(canary))
    with pytest.raises(DataError, match=rf"weights\.pt: .*{said}"):
        read_foreign(path)
    assert not canary.exists()


@pytest.mark.parametrize("name", PICKLES)
def test_a_hostile_pickle_in_an_older_file(name: str, tmp_path: Path) -> None:
    make, said = PICKLES[name]
    canary, path = tmp_path / "canary", tmp_path / "weights.pt"
    header = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}]
    path.write_bytes(b"".join(pickle.dumps(value, protocol=2) for value in header) + make(canary))
    with pytest.raises(DataError, match=rf"weights\.pt: .*({said}|damaged|longer than weights need)"):
        read_foreign(path)
    assert not canary.exists()


def test_a_state_dictionary_comes_back(form: dict[str, Any], tmp_path: Path) -> None:
    state = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).half().state_dict()
    torch.save({"state_dict": state, "epoch": 3, "names": ["a", "b"]}, tmp_path / "w.pt", **form)
    content = read_foreign(tmp_path / "w.pt")
    assert content["epoch"] == 3
    assert content["names"] == ["a", "b"]
    assert list(content["state_dict"]) == list(state)
    assert all(torch.equal(content["state_dict"][name], value) for name, value in state.items())


def test_objects_of_classes_that_are_not_here_become_shells(tmp_path: Path) -> None:
    with foreign_classes(Conv="models.of.others", Net="models.of.others") as made:
        net = made["Net"]()
        net.layer, net.names = made["Conv"](), {0: "cat"}
        net.layer.conv = nn.Conv2d(3, 4, 1)
        torch.save({"model": net, "opt": Namespace(a=1), "place": Path("x")}, tmp_path / "w.pt")
        weight = net.layer.conv.weight
    content = read_foreign(tmp_path / "w.pt")
    shell = content["model"]
    assert isinstance(shell, Shell)
    assert shell.name == "models.of.others.Net"
    assert shell.get("names") == {0: "cat"}
    conv = shell.get("_modules")["layer"].get("_modules")["conv"]
    assert conv.name == "torch.nn.modules.conv.Conv2d"
    assert torch.equal(conv.get("_parameters")["weight"], weight)
    assert content["opt"].state == {"a": 1}
    assert isinstance(content["place"], Shell)


def test_what_a_training_keeps_beside_the_weights_is_read(form: dict[str, Any], tmp_path: Path) -> None:
    kept = {
        "array": np.arange(3),
        "scalar": np.float64(1.5),
        "counter": Counter({8: 1}),
        "default": defaultdict(dict, {"a": {"b": 1}}),
        "bytes": b"ab",
        "size": torch.Size([1, 2]),
        "dtype": torch.float16,
        "device": torch.device("cpu"),
        "set": {1, 2},
        "ordered": OrderedDict(a=1),
        "parameter": nn.Parameter(torch.ones(2)),
        "model": torch.optim.SGD([nn.Parameter(torch.ones(2))], momentum=0.9),
    }
    torch.save(kept, tmp_path / "w.pt", **form)
    content = read_foreign(tmp_path / "w.pt")
    assert content["counter"] == {8: 1}
    assert content["default"] == {"a": {"b": 1}}
    assert content["bytes"] == b"ab"
    assert content["set"] == {1, 2}
    assert content["model"].name == "torch.optim.sgd.SGD"


def test_functions_of_the_history_of_a_training(tmp_path: Path) -> None:
    """Those of mmengine are pickled by `getattr`, of this class and no other."""
    attribute = b"c__builtin__\ngetattr\nc%s\n%s\nX\x04\x00\x00\x00mean\x86R"
    history = attribute % (b"mmengine.logging.history_buffer", b"HistoryBuffer")
    read = read_foreign(write_archive(tmp_path / "w.pt", b"\x80\x02}X\x01\x00\x00\x00a" + history + b"s."))
    assert isinstance(read["a"], Shell)
    other = write_archive(tmp_path / "o.pt", b"\x80\x02" + attribute % (b"models", b"Net") + b".")
    with pytest.raises(DataError, match=r"names builtins\.getattr"):
        read_foreign(other)
    with pytest.raises(DataError, match="getattr"):
        read_foreign(write_archive(tmp_path / "s.pt", b"\x80\x02c__builtin__\ngetattr\n."))


def test_functions_of_a_part_that_was_fused(tmp_path: Path) -> None:
    """A trainer that puts norms into convolutions puts another function in the place of `forward`."""

    def forward_fuse(self: nn.Module, images: torch.Tensor) -> Any:
        return images

    with foreign_classes(Conv="models.common") as made:
        made["Conv"].forward_fuse = forward_fuse
        part = made["Conv"]()
        part.conv = nn.Conv2d(3, 4, 1)
        part.forward = part.forward_fuse
        torch.save({"model": part}, tmp_path / "w.pt")
    assert list(weights_in(read_foreign(tmp_path / "w.pt")).tensors) == ["conv.weight", "conv.bias"]


@pytest.mark.parametrize(
    ("owner", "word"),
    [
        (called("models", "Net"), "__globals__"),
        (called("models", "Net"), "forward.__globals__"),
        (called("__builtin__", "getattr", called("models", "Net"), text("forward")), "gi_frame"),
        (called("collections", "OrderedDict"), "update"),
        (tensor(4, (4,), (1,)), "data"),
        (storage(4), "tofile"),
        (name("torch", "float32"), "type"),
        (text("x"), "format"),
    ],
)
def test_attributes_of_what_is_no_object_are_refused(owner: bytes, word: str, tmp_path: Path) -> None:
    attribute = called("__builtin__", "getattr", owner, text(word))
    with pytest.raises(DataError, match=r"names builtins\.getattr"):
        read_foreign(write_archive(tmp_path / "w.pt", START + attribute + END, ("archive/data/0", bytes(16))))


def test_views_of_few_numbers_are_refused(form: dict[str, Any], tmp_path: Path) -> None:
    """Copied they would fill the memory."""
    torch.save({"a": torch.zeros(1).expand(10**6, 10**6)}, tmp_path / "w.pt", **form)
    with pytest.raises(DataError, match=r"a tensor of \(1000000, 1000000\) claims more numbers than it has"):
        read_foreign(tmp_path / "w.pt")


@pytest.mark.parametrize("kept", [0.0, 0.01, 0.3, 0.9, 0.999])
def test_a_truncated_file(form: dict[str, Any], kept: float, tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    torch.save(nn.Linear(64, 64).state_dict(), path, **form)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(DataError, match=r"w\.pt"):
        read_foreign(path)


@pytest.mark.parametrize("content", [b"a photograph", b"\x89PNG\r\n\x1a\n", b"PK", b"\x80\x02}q\x00.", b"\x80\x04}."])
def test_a_file_of_another_kind(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "w.pt").write_bytes(content)
    with pytest.raises(DataError, match=r"w\.pt: it (begins with|is cut short)"):
        read_foreign(tmp_path / "w.pt")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no file of weights .*none\.pt"):
        read_foreign(tmp_path / "none.pt")


@pytest.mark.parametrize("seed", range(20))
def test_damage_anywhere_is_an_error_or_harmless(seed: int, form: dict[str, Any], tmp_path: Path) -> None:
    """Nothing but a `DataError` comes out of a file in which bytes have changed."""
    path = tmp_path / "w.pt"
    torch.save({"state": nn.Linear(3, 3).state_dict(), "names": {0: "a"}, "array": np.arange(3)}, path, **form)
    content, random = bytearray(path.read_bytes()), np.random.default_rng(seed)
    for place in random.integers(0, len(content), 4):
        content[place] = random.integers(256)
    path.write_bytes(content)
    with suppress(DataError):
        read_foreign(path)


def test_more_than_is_there_is_claimed(form: dict[str, Any], tmp_path: Path) -> None:
    """A storage of a terabyte is not made room for."""
    path = tmp_path / "w.pt"
    torch.save({"a": torch.zeros(77_777)}, path, **form)
    content = path.read_bytes()
    claim = b"J" + struct.pack("<i", 77_777)
    assert claim in content
    path.write_bytes(content.replace(claim, b"\x8a\x06" + (10**12).to_bytes(6, "little"), 1))
    with pytest.raises(DataError, match=r"w\.pt"):  # in an archive its sums are wrong too
        read_foreign(path)
