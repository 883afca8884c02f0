"""Weights are found wherever trainings keep them."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.unit.foreign_weights.trainer_objects import foreign_classes, network_of
from torch import Tensor, nn

import boxwright.foreign_weights.contents as contents
from boxwright.errors import DataError
from boxwright.foreign_weights import ForeignWeights, read_foreign, weights_in

STATE = {
    "model.0.conv.weight": torch.randn(2, 3, 1, 1),
    "model.0.bn.running_mean": torch.randn(2),
    "model.0.bn.num_batches_tracked": torch.tensor(7),
}


def _same(found: ForeignWeights, state: dict[str, Tensor] = STATE, tolerance: float = 0.0) -> bool:
    return list(found.tensors) == list(state) and all(
        torch.allclose(found.tensors[name].double(), value.double(), atol=tolerance, rtol=tolerance)
        for name, value in state.items()
    )


def _read(content: Any, folder: Path) -> ForeignWeights:
    torch.save(content, folder / "w.pt")
    return weights_in(read_foreign(folder / "w.pt"))


@pytest.mark.parametrize("place", [None, *contents.PLACES])
@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.", "module._orig_mod."])
def test_state_dictionaries(place: str | None, prefix: str, tmp_path: Path) -> None:
    state = OrderedDict((f"{prefix}{name}", value) for name, value in STATE.items())
    assert _same(_read(state if place is None else {"epoch": 3, place: state, "optimizer": None}, tmp_path))


def test_a_network_of_classes_that_are_not_here(tmp_path: Path) -> None:
    with foreign_classes(Net="trainer.models.parts") as made:
        network = network_of(STATE, made["Net"])
        network.names, network.stride = {0: "cat", 1: "dog"}, torch.tensor([8.0, 16.0])
        found = _read({"model": network, "ema": None, "license": "AGPL-3.0"}, tmp_path)
    assert _same(found)
    assert (found.names, found.licence) == (("cat", "dog"), "AGPL-3.0")


def test_averaged_weights_go_before_others(tmp_path: Path) -> None:
    average = {name: value + 1 for name, value in STATE.items()}
    with foreign_classes(Net="trainer.models", Average="trainer.average") as made:
        network, other = (network_of(state, made["Net"]) for state in (STATE, average))
        assert _same(_read({"model": network, "ema": other}, tmp_path), average)
        holder = made["Average"]()
        holder.__dict__["ema"] = other  # not one of its modules
        assert _same(_read({"model": network, "ema": holder}, tmp_path), average)
    assert _same(_read({"model": STATE, "ema": average, "updates": 3}, tmp_path), average)


def test_half_precision_distribution_and_a_profiler(tmp_path: Path) -> None:
    state = STATE | {"model.0.total_ops": torch.zeros(1), "total_params": torch.zeros(1)}
    with foreign_classes(Net="trainer.models", Parallel="trainer.parallel") as made:
        whole = made["Parallel"]()
        whole.module = network_of(state, made["Net"]).half()
        found = _read({"model": whole}, tmp_path)
    assert _same(found, tolerance=1e-2)
    assert found.tensors["model.0.conv.weight"].dtype == torch.float32
    assert found.tensors["model.0.bn.num_batches_tracked"] == 7


def test_buffers_that_are_not_kept_are_left_out(tmp_path: Path) -> None:
    network = nn.Module()
    network.register_buffer("fleeting", torch.zeros(1), persistent=False)
    network.register_buffer("kept", torch.zeros(1))
    assert list(_read({"model": network}, tmp_path).tensors) == ["kept"]


def test_names_licence_and_settings_of_others(tmp_path: Path) -> None:
    meta = {"CLASSES": ("a", "b"), "config": "to_rgb=False"}
    found = _read({"meta": meta, "state_dict": STATE}, tmp_path)
    assert (found.names, found.settings, found.licence) == (("a", "b"), "to_rgb=False", "")
    newer = {"dataset_meta": {"classes": ["a", "b"]}, "cfg": "bgr_to_rgb=False"}
    found = _read({"meta": newer, "state_dict": STATE}, tmp_path)
    assert (found.names, found.settings) == (("a", "b"), "bgr_to_rgb=False")
    assert _read({"model": STATE, "names": ["x"]}, tmp_path).names == ("x",)
    assert _read({"meta": {"config": "classes=('x', 'y')"}, "state_dict": STATE}, tmp_path).names == ("x", "y")


@pytest.mark.parametrize(
    "names", [{0: "a", 1: "b"}, {"0": "a", "1": "b"}, {1: "a", 2: "b"}, {2: "b", 1: "a"}, {"b": 1, "a": 0}]
)
def test_names_by_numbers(names: Any, tmp_path: Path) -> None:
    assert _read({"model": STATE, "names": names}, tmp_path).names == ("a", "b")


@pytest.mark.parametrize(
    "names", [{0: "a", 2: "b"}, [], {}, [1, 2], {"a": "x"}, {0: "a", "0": "b"}, {0: 1}, {"9" * 5000: "a"}, "ab"]
)
def test_names_that_are_none(names: Any, tmp_path: Path) -> None:
    assert _read({"model": STATE, "names": names}, tmp_path).names is None


OTHER = {name: value + 1 for name, value in STATE.items()}


@pytest.mark.parametrize(
    "content",
    [
        {"state_dict": OTHER, "state_dict_ema": STATE},
        {"ema_state_dict": STATE, "model": OTHER, "optimizer": {"ema": OTHER}},
        {"model": OTHER, "ema": {"module": STATE, "updates": 3}},
        {"model": OTHER, "ema": {"shadow": STATE, "decay": 0.9}},
        {
            "model": OTHER,
            "ModelEMA": None,
            "averaged_model": {"module": {f"module.module.{n}": STATE[n] for n in STATE}},
        },
        {"model": {"n_averaged": torch.tensor(3)} | {f"module.{name}": value for name, value in STATE.items()}},
        {"params": STATE, "epoch": 3},
        {"whatever": {"it_is": {"called": STATE}}, "optimizer": {"state": {"w": {"exp_avg": torch.ones(1)}}}},
        STATE | {"epoch": 3, "part._extra_state": None, "best": 0.5},
        {name.replace("0.", "0._orig_mod."): value for name, value in STATE.items()},
        {f"_fsdp_wrapped_module.{name}".replace("0.", "0._checkpoint_wrapped_module."): STATE[name] for name in STATE},
    ],
)
def test_places_and_wrappings_that_others_have_thought_of(content: Any, tmp_path: Path) -> None:
    assert _same(_read(content, tmp_path))


def test_which_weights_are_meant_is_not_guessed(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="weights in several places: student, teacher"):
        _read({"student": STATE, "teacher": OTHER}, tmp_path)


def test_dictionaries_in_themselves_have_an_end() -> None:
    content: dict[str, Any] = {}
    content |= {f"place {number}": content for number in range(2000)}
    with pytest.raises(DataError, match="holds no weights"):
        weights_in(content)


def test_kinds_of_tensors(tmp_path: Path) -> None:
    flat = torch.randn(32)
    content = {
        "model.short": torch.randn(3).bfloat16(),
        "model.long": torch.randn(3).double(),
        "model.turned": torch.randn(4, 5).t(),
        "model.last": torch.randn(1, 3, 4, 4).to(memory_format=torch.channels_last),
        "model.one": flat[:16],
        "model.two": flat[16:].view(4, 4),
        "model.tied": flat[:16],
        "model.empty": torch.zeros(0),
        "model.trained": nn.Parameter(torch.randn(2)),
    }
    found = _read(content, tmp_path)
    assert _same(found, content)
    assert all(value.dtype == torch.float32 and not value.requires_grad for value in found.tensors.values())


@pytest.mark.parametrize("content", [{}, {"a": 1}, {"model": None}, [1], {"model": {"a": {"b": 1}}}, 3])
def test_no_weights(content: Any) -> None:
    with pytest.raises(DataError, match="holds no weights"):
        weights_in(content)


def test_a_network_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = nn.Module()
    inner = nn.Module()
    network.add_module("a", inner)
    inner._modules["b"] = network
    torch.save({"model": network}, tmp_path / "w.pt")
    with pytest.raises(DataError, match="has no end"):
        weights_in(read_foreign(tmp_path / "w.pt"))
    wide = nn.Module()
    for _ in range(40):  # 2⁴⁰ modules by name
        above = nn.Module()
        above._modules |= {"a": wide, "b": wide}
        wide = above
    torch.save({"model": wide}, tmp_path / "v.pt")
    monkeypatch.setattr(contents, "MOST_MODULES", 1000)
    with pytest.raises(DataError, match="has no end"):
        weights_in(read_foreign(tmp_path / "v.pt"))


def test_modules_in_modules_have_an_end(tmp_path: Path) -> None:
    with foreign_classes(Net="models.of.others") as made:
        network = inner = made["Net"]()
        for _ in range(120):
            inner.part = made["Net"]()
            inner = inner.part
        torch.save({"model": network}, tmp_path / "w.pt")
    with pytest.raises(DataError, match="the network in it has no end"):
        weights_in(read_foreign(tmp_path / "w.pt"))


def test_many_names_of_one_tensor_are_refused() -> None:
    one = torch.zeros(10**5, dtype=torch.float16)
    with pytest.raises(DataError, match="many times as large as what it has"):
        weights_in({f"{place}.weight": one for place in range(1000)})
