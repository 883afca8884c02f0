"""The most memory that a process has held."""

import subprocess
import sys
from pathlib import Path

import pytest

from boxwright.benchmarking import peak_memory as module

_PROGRAM = """
from boxwright.benchmarking.peak_memory import peak_memory
before = peak_memory()
block = bytearray(b"x") * 50_000_000
held = peak_memory()
del block
print(before, held, peak_memory())
"""


def test_it_grows_with_what_is_held_and_stays_and_is_not_that_of_the_parent() -> None:
    parents = bytearray(b"x") * 300_000_000
    ended = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)
    before, held, after = map(int, ended.stdout.split())
    assert held - before > 45_000_000
    assert after > held - 2_000_000  # Linux counts pages of each thread apart, and adds them up now and then
    assert held < len(parents)


def test_a_system_that_does_not_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "STATUS", tmp_path / "none")
    assert module.peak_memory() is None
    (tmp_path / "none").write_text("Name:\tx\n")
    assert module.peak_memory() is None
