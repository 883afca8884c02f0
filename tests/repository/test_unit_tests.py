"""tests/unit mirrors src file for file."""

from pathlib import Path


def _expected(source: Path, package: Path) -> Path:
    relative = source.relative_to(package)
    return relative.with_name(f"test_{relative.name}")


def test_every_unit_test_belongs_to_a_source_file(root: Path, sources: list[Path]) -> None:
    package = root / "src/boxwright"
    expected = {_expected(source, package) for source in sources}
    found = {path.relative_to(root / "tests/unit") for path in (root / "tests/unit").rglob("test_*.py")}
    strays = sorted(path.as_posix() for path in found - expected)
    assert not strays, (
        f"tests/unit mirrors src file for file, but nothing in src/boxwright answers to {strays}. "
        "Rename the test after its source file, or move it to contracts, properties, parity or end_to_end."
    )


def test_every_package_of_the_source_has_unit_tests(root: Path, sources: list[Path]) -> None:
    package = root / "src/boxwright"
    folders = {source.parent.relative_to(package) for source in sources if source.name != "__init__.py"}
    without = [folder for folder in folders if not any((root / "tests/unit" / folder).glob("test_*.py"))]
    assert not without, f"No unit test in tests/unit/ for {sorted(folder.as_posix() for folder in without)}"
