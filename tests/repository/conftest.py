"""What the repository tests look at."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src/boxwright").rglob("*.py"))


def _named_by_path(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in paths]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Gives one test per file to a test that asks for `source_with_examples` or `page`."""
    if "source_with_examples" in metafunc.fixturenames:
        metafunc.parametrize(
            "source_with_examples", _named_by_path([path for path in SOURCES if ">>>" in path.read_text()])
        )
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", _named_by_path([ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]))


@pytest.fixture(scope="session")
def root() -> Path:
    """The top folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def sources() -> list[Path]:
    """Every Python file of the package."""
    return SOURCES


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """Every file that is in the repository or about to be."""
    command = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
    ]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file()]
