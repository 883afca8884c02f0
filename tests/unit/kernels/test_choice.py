import importlib
import sys
from pathlib import Path

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.kernels import choice
from boxwright.kernels.choice import GRAPHS_AFTER, LARGEST, VARIABLE, graphs_after, has_triton, takes_reference

CPU, GPU = torch.device("cpu"), torch.device("cuda")


def test_a_cpu_runs_sparse_and_a_gpu_the_reference_as_long_as_it_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert not takes_reference(CPU, 1)
    assert takes_reference(GPU, LARGEST)
    assert not takes_reference(GPU, LARGEST + 1)


@pytest.mark.parametrize(("wish", "answer"), [("reference", True), ("sparse", False)])
def test_the_variable_decides_for_every_device_and_size(
    wish: str, answer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, wish)
    assert {takes_reference(device, size) for device in (CPU, GPU) for size in (0, LARGEST + 1)} == {answer}


def test_what_is_compiled_is_the_reference_as_long_as_it_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "compiled")
    assert graphs_after(CPU) == graphs_after(GPU) == 0
    assert [takes_reference(CPU, size) for size in (0, LARGEST, LARGEST + 1)] == [True, True, False]


@pytest.mark.parametrize(("triton", "cuda"), [(True, GRAPHS_AFTER), (False, None)])
def test_only_a_cuda_device_gets_graphs_unasked_and_only_with_its_compiler(
    triton: bool, cuda: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(choice, "has_triton", lambda: triton)
    assert graphs_after(GPU) == cuda
    assert graphs_after(CPU) is graphs_after(torch.device("mps")) is None


@pytest.mark.parametrize("wish", ["reference", "sparse"])
def test_who_asks_for_another_path_gets_no_graphs(wish: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, wish)
    assert graphs_after(GPU) is None


def test_triton_counts_as_there_where_it_can_be_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "triton", raising=False)
    assert not has_triton()
    (tmp_path / "triton.py").touch()
    importlib.invalidate_caches()
    assert has_triton()


def test_an_unknown_wish_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "fast")
    with pytest.raises(ConfigError, match="fast"):
        takes_reference(CPU, 1)


def test_where_there_is_nothing_to_compute_a_cpu_stays_on_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    device = torch.device("cpu")
    assert not takes_reference(device, 0)
    assert takes_reference(device, 0, few=10)
    assert takes_reference(device, 9, few=10)
    assert not takes_reference(device, 10, few=10)
