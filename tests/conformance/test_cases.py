"""The cases themselves: made anew byte for byte, small, without pickles, and with words."""

import ast
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from conformance.case import CASES, read_cases
from conformance.make_cases import make_cases

ROOT = Path(__file__).parents[2]
SUITE = ROOT / "conformance"


def test_cases_are_made_anew_byte_for_byte(tmp_path: Path) -> None:
    count = make_cases(tmp_path)
    written = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    kept = {path.relative_to(CASES): path.read_bytes() for path in CASES.glob("*/*") if path.is_file()}
    assert len(written) == 2 * count
    assert written.keys() == kept.keys()
    different = [path.as_posix() for path, content in written.items() if content != kept[path]]
    assert not different, f"Run python -m conformance.make_cases, and say why these changed: {different}"


def test_the_suite_is_small() -> None:
    assert sum(path.stat().st_size for path in CASES.rglob("*") if path.is_file()) < 2_500_000


def test_every_case_says_what_it_asks_and_what_a_mistake_looks_like() -> None:
    for case in read_cases():
        assert case.about.endswith(".")
        assert case.source
        assert len(case.mistake) > 20
        assert case.precisions >= {"float32"}
        assert case.expected.keys() == case.tolerance.keys()
        assert case.ties.keys() <= case.expected.keys()
        assert all(case.ties[name].shape == case.expected[name].shape for name in case.ties)
        assert all(np.isfinite(array).all() for array in case.expected.values())


def test_cases_hold_arrays_without_pickles() -> None:
    for path in CASES.glob("*/*.npz"):
        with np.load(path, allow_pickle=False) as archive:
            assert all(archive[name].dtype.kind in "biuf" for name in archive.files)
        json.loads(path.with_suffix(".json").read_text())


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("folder", ["", "reference", "recipes"])
def test_runner_and_reference_need_numpy_alone(folder: str) -> None:
    for path in (SUITE / folder).glob("*.py"):
        foreign = imported(path) - set(sys.stdlib_module_names) - {"numpy", "conformance"}
        assert not foreign, f"{path.name} imports {foreign}"


def test_files_are_short() -> None:
    for path in [*SUITE.rglob("*.py"), *Path(__file__).parent.glob("*.py")]:
        assert len(path.read_text().splitlines()) < 300, path.name


def test_the_page_names_every_section_and_no_case_that_is_gone() -> None:
    page = (ROOT / "docs/conformance.md").read_text()
    cases = read_cases()
    names = {f"{case.section}/{case.name}" for case in cases}
    named = set(re.findall(r"`([a-z0-9_]+/[a-z0-9_]+)`", page))
    assert named <= names, named - names
    assert all(f"| `{section}` |" in page for section in {case.section for case in cases})
