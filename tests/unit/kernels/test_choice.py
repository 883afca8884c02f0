import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.kernels.choice import LARGEST, VARIABLE, compiles, takes_reference

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
    monkeypatch.delenv(VARIABLE, raising=False)
    assert not compiles()
    monkeypatch.setenv(VARIABLE, "compiled")
    assert compiles()
    assert [takes_reference(CPU, size) for size in (0, LARGEST, LARGEST + 1)] == [True, True, False]


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
