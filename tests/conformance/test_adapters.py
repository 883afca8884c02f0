"""boxwright passes the suite, torchvision passes it but for five known cases, and numpy alone is enough to run it."""

import shutil
import subprocess
import venv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from conformance.adapter import Adapter, load_adapter
from conformance.case import read_cases
from conformance.run import FAILED, PASSED, SKIPPED, Result, run_cases

ROOT = Path(__file__).parents[2]
ADAPTERS = ROOT / "conformance/adapters"
# What torchvision does there, and why the suite calls it wrong, is said in docs/conformance.md.
KNOWN = {
    "fcos/areas_nearly_equal",
    "overlaps/iou_without_size",
    "overlaps/ciou_without_size",
    "retinanet/torchvision_target_without_overlap",
    "ssd/torchvision_negatives_run_out",
}


def adapter_of(name: str) -> Adapter:
    return load_adapter(ADAPTERS / f"{name}.py", {case.function for case in read_cases()})


@pytest.fixture(scope="module")
def torchvision() -> list[Result]:
    return run_cases(adapter_of("torchvision_adapter"), read_cases(), ["float32"])


def test_boxwright_passes_every_case_in_every_precision() -> None:
    results = run_cases(adapter_of("boxwright_adapter"), read_cases())
    wrong = {f"{result.case.section}/{result.case.name} {result.precision}": result.faults for result in results}
    outcomes = Counter(result.outcome for result in results)
    assert {name: faults for name, faults in wrong.items() if faults} == {}
    assert outcomes[SKIPPED] == outcomes[FAILED] == 0
    assert outcomes[PASSED] > 2 * len(read_cases())


@pytest.mark.parametrize("section", ["fcos", "atss"])
def test_boxwright_answers_everything_that_is_asked_of_fcos(section: str) -> None:
    """What an adapter does not answer is not compared."""
    adapter = adapter_of("boxwright_adapter")
    for case in read_cases(section):
        given = adapter.functions[section](**case.inputs, **case.parameters)
        assert case.expected.keys() == given.keys()


def test_torchvision_fails_where_it_is_known_to(torchvision: list[Result]) -> None:
    failed = {f"{result.case.section}/{result.case.name}" for result in torchvision if result.outcome == FAILED}
    assert failed == KNOWN


def test_torchvision_in_float64_agrees_with_every_case_of_fcos() -> None:
    """Its matches, its three losses and their gradients: the areas that float32 cannot tell apart too."""
    results = run_cases(adapter_of("torchvision_adapter"), read_cases("fcos"), ["float64"])
    assert len(results) >= 13
    assert [result.case.name for result in results if result.outcome != PASSED] == []


def test_the_page_names_every_function() -> None:
    page = (ROOT / "docs/conformance.md").read_text()
    assert [name for name in sorted({case.function for case in read_cases()}) if f"`{name}`" not in page] == []


def test_the_page_has_the_tables_of_both(torchvision: list[Result]) -> None:
    page = (ROOT / "docs/conformance.md").read_text()
    boxwright = Counter(case.section for case in read_cases())
    for section, count in boxwright.items():
        counts = Counter(result.outcome for result in torchvision if result.case.section == section)
        row = f"| `{section}` | {count} | {count} | {counts[PASSED]} | {counts[FAILED]} | {counts[SKIPPED]} |"
        assert row in page, f"docs/conformance.md lacks {row}"


def test_the_suite_runs_where_there_is_numpy_alone(tmp_path: Path) -> None:
    """A fresh environment, in which nothing but numpy is linked, and a copy of the suite."""
    venv.create(tmp_path / "fresh", with_pip=False)
    python = tmp_path / "fresh/bin/python"
    packages = next((tmp_path / "fresh/lib").glob("python*/site-packages"))
    installed = Path(np.__file__).parents[1]
    for name in ("numpy", "numpy.libs"):
        if (installed / name).exists():
            (packages / name).symlink_to(installed / name)
    shutil.copytree(ROOT / "conformance", tmp_path / "conformance", ignore=shutil.ignore_patterns("__pycache__"))
    refused = "import importlib.util as u, sys; sys.exit(any(u.find_spec(n) for n in ('torch', 'boxwright')))"
    command = ["-m", "conformance", "--adapter", "conformance/adapters/numpy_two_sections.py"]
    for arguments in (["-c", refused], command):
        done = subprocess.run(
            [str(python), "-I" if arguments[0] == "-c" else "-s", *arguments],
            cwd=tmp_path,
            env={"PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert "overlaps" in done.stdout
