"""Every table of docs/benchmarks.md comes from a command that runs; here in its smallest size."""

import json
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


STUDY = "--canvas 64 --epochs 1 --seeds 1 --batch-size 4 --images 4 --only assigners"

# the first of five runs; then it is stopped, and what there is is printed
ONE_RUN = """
import sys
from benchmarks import assigner_study as study
do = study.Study.do
def stopped(self, run):
    if self.results:
        sys.exit("stopped")
    do(self, run)
study.Study.do = stopped
for flags in (sys.argv[1:], [*sys.argv[1:], "--print"]):
    sys.argv = ["assigner_study", *flags]
    try:
        study.main()
    except SystemExit as end:
        print(end)
"""


@pytest.mark.slow
def test_the_study_of_assigners_goes_on_where_it_was_stopped(
    loaded_python: LoadedPython, tiny_data: Path, tmp_path: Path
) -> None:
    flags = [str(tiny_data), *STUDY.split(), "--output", str(tmp_path)]
    done = loaded_python.run("-c", ONE_RUN, *flags, folder=ROOT)
    assert done.returncode == 0, done.stderr
    (line,) = (tmp_path / "results.jsonl").read_text().splitlines()
    numbers = json.loads(line)["numbers"]
    assert {"ap", "ap_small", "positives", "without_positive", "assign", "with_ap", "without_ap"} <= set(numbers)
    stopped, printed = done.stdout.split("stopped\n")
    assert "| TAL (yolov8n) |" not in stopped
    rows = [row for row in printed.splitlines() if row.startswith("| ")]
    assert len(rows) == 2, printed
    assert rows[1].startswith(f"| TAL (yolov8n) | {numbers['ap']:.3f} |")
    assert rows[1].endswith("| 1 |")
