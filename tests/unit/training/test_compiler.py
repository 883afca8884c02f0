"""Whether there is what torch.compile needs."""

import sysconfig
from pathlib import Path

import pytest

from boxwright.errors import ConfigError
from boxwright.training import train
from boxwright.training.compiler import require_compiler


@pytest.fixture
def compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Gives a folder of programs, the only one, with a compiler of the name mycc."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CXX", "mycc")
    program = tmp_path / "mycc"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return program


def test_one_that_is_there(compiler: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (compiler.parent / "Python.h").touch()
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(compiler.parent))
    require_compiler("cpu")


def test_none_is_said_before_anything_is_made(
    compiler: Path, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler.unlink()
    with pytest.raises(ConfigError, match=r"compile: there is no C\+\+ compiler mycc. Install one .* leave --compile"):
        train(tiny_data, compile=True, canvas=64, accelerator="cpu", logger="csv", output=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
    monkeypatch.delenv("CXX")
    with pytest.raises(ConfigError, match=r"compiler (g\+\+|clang\+\+|cl)\. Install"):
        require_compiler("cpu")


def test_no_headers(compiler: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(compiler.parent))
    with pytest.raises(ConfigError, match=r"Python\.h, which the compiler reads. Install the headers"):
        require_compiler("cpu")
