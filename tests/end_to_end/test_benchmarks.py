"""Every table of docs/benchmarks.md comes from a command that runs; here in its smallest size."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLES = sorted(set(re.findall(r"python -m benchmarks --only (\w+)", (ROOT / "docs" / "benchmarks.md").read_text())))


def test_the_page_names_its_commands() -> None:
    assert {"crowd", "yolov5", "retinanet", "ssd", "masks", "loader", "annotations"} <= set(TABLES)


@pytest.mark.parametrize("table", [*TABLES, "grid"])
def test_a_table_is_printed(
    table: str, python: Callable[..., subprocess.CompletedProcess[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    done = python("-m", "benchmarks", "--only", table, "--smallest")
    assert done.returncode == 0, done.stderr
    assert re.search(r"\d", done.stdout.splitlines()[-1]), done.stdout
