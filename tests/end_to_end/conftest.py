"""Running the real command, in this process or one of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.end_to_end.tiny_data import write_tiny_data
from tests.loaded_python import LoadedPython
from tests.unpainted import leave_unpainted

from boxwright.cli.main import main

Run = Callable[..., subprocess.CompletedProcess[str]]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.fixture(autouse=True)
def _unpainted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    leave_unpainted(request, monkeypatch)


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_data(tmp_path_factory.mktemp("data") / "tiny")


@pytest.fixture(scope="session")
def python() -> Run:
    """Runs Python with the given words."""

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *(str(word) for word in words)]
        return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)

    return run


@pytest.fixture(scope="session")
def boxwright_process(python: Run) -> Run:
    """Runs the command line as a process that loads everything itself, where that is tested: it takes seconds."""

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        return python("-m", "boxwright.cli.main", *words)

    return run


@pytest.fixture(scope="session")
def boxwright_copy(loaded_python: LoadedPython) -> Run:
    """Runs the command line in a process of its own that has loaded everything."""

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        return loaded_python.run("-m", "boxwright.cli.main", *words)

    return run


@pytest.fixture
def boxwright(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line in this process, with everything that a process does after its start."""

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        typed = [str(word) for word in words]
        capsys.readouterr()
        code = main(typed)
        printed = capsys.readouterr()
        return subprocess.CompletedProcess(typed, code, printed.out, printed.err)

    return run
