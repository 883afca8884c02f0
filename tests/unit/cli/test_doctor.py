import pytest
import torch

from boxwright import __version__, doctor
from boxwright.errors import ConfigError
from boxwright.kernels.choice import VARIABLE


def test_tells_versions_and_what_each_device_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    told = doctor()
    assert f"boxwright {__version__}" in told
    assert f"torch {torch.__version__.split('+')[0]}" in told
    assert f"{VARIABLE}: auto" in told
    assert any(line.startswith("cpu: ") and line.endswith("kernels: sparse") for line in told.splitlines())
    monkeypatch.setenv(VARIABLE, "reference")
    assert any(line.startswith("cpu: ") and line.endswith("kernels: reference") for line in doctor().splitlines())


def test_tells_that_references_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "compiled")
    assert f"{VARIABLE}: compiled" in doctor()
    assert "kernels: compiled reference, sparse where an array would have over 67,108,864 numbers" in doctor()


def test_names_a_gpu_and_when_its_arrays_would_be_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    monkeypatch.setattr("torch.cuda.get_device_name", lambda _: "a GPU")
    for triton, path in (
        (True, "compiled reference, after 100 calls"),
        (False, "reference (not compiled: triton is missing)"),
    ):
        monkeypatch.setattr("boxwright.kernels.choice.has_triton", lambda triton=triton: triton)
        assert f"cuda:0: a GPU; kernels: {path}, sparse where an array would have over 67,108,864 numbers" in doctor()
    monkeypatch.setenv(VARIABLE, "reference")
    assert doctor().endswith("cuda:0: a GPU; kernels: reference")


def test_an_unknown_choice_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "refrence")
    with pytest.raises(ConfigError, match="Did you mean 'reference'"):
        doctor()
