"""Every table of docs/benchmarks.md comes from a command that runs; here in its smallest size."""

import re
from pathlib import Path

import pytest
from tests.loaded_python import LoadedPython

ROOT = Path(__file__).parents[2]
TABLES = sorted(set(re.findall(r"python -m benchmarks --only (\w+)", (ROOT / "docs" / "benchmarks.md").read_text())))

# as `python -m benchmarks --only TABLE --smallest` does, one after the other: loading everything takes seconds
EVERY_TABLE = """
import runpy, sys
for table in sys.argv[1:]:
    sys.argv = ["benchmarks", "--only", table, "--smallest"]
    print("table:", table, file=sys.stderr, flush=True)
    runpy.run_module("benchmarks", run_name="__main__")
    print("end of", table, flush=True)
"""


def test_the_page_names_its_commands() -> None:
    assert {"crowd", "yolov5", "retinanet", "ssd", "masks", "loader", "annotations"} <= set(TABLES)


@pytest.mark.slow
def test_every_table_is_printed(loaded_python: LoadedPython) -> None:
    tables = [*TABLES, "grid"]
    done = loaded_python.run("-c", EVERY_TABLE, *tables, folder=ROOT)
    assert done.returncode == 0, done.stderr
    *printed, rest = re.split(r"^end of (\w+)\n", done.stdout, flags=re.MULTILINE)
    assert (printed[1::2], rest) == (tables, "")
    for table, lines in zip(tables, printed[::2], strict=True):
        assert re.search(r"\d", lines.splitlines()[-1]), f"{table}: {lines}"
