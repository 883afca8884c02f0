"""What would be published is built from the sources, installed into a fresh environment, and runs there."""

import os
import runpy
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from boxwright import __version__

DAY = date(2031, 5, 6)
FILES = ("CHANGELOG.md", "CITATION.cff", "src/boxwright/__init__.py")


def _uv(*words: object) -> None:
    command = [Path(sys.executable).with_name("uv"), *words]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source archive, and the wheel that was made of it."""
    folder = tmp_path_factory.mktemp("dist")
    _uv("build", "--offline", "--no-build-isolation", "--python", sys.executable, "--out-dir", folder, root)
    return folder


def test_names_have_the_version(built: Path) -> None:
    assert {path.name for path in built.glob("boxwright*")} == {
        f"boxwright-{__version__}.tar.gz",
        f"boxwright-{__version__}-py3-none-any.whl",
    }


def test_the_wheel_has_every_file_of_the_package(built: Path, tracked: list[Path], root: Path) -> None:
    package = root / "src"
    wanted = {path.relative_to(package).as_posix() for path in tracked if path.is_relative_to(package)}
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == wanted


def test_the_source_archive_has_what_the_wheel_is_made_of(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        tops = {name.split("/")[1] for name in archive.getnames()}
    assert tops == {"src", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "PKG-INFO", ".gitignore"}


def test_the_wheel_runs_in_a_fresh_environment(built: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    _uv("venv", "--offline", "--python", sys.executable, fresh)
    python = fresh / "bin/python"
    _uv("pip", "install", "--offline", "--no-deps", "--python", python, next(built.glob("*.whl")))
    (packages,) = fresh.glob("lib/python*/site-packages")
    # Its dependencies are those of the tests; a folder that stands in a .pth has no .pth of its own read.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    program = "import boxwright, importlib.metadata as m; print(boxwright.__file__, m.version('boxwright'))"
    place, version = _said(python, "-c", program).split()
    assert Path(place).is_relative_to(fresh)
    assert version == __version__
    assert _said(fresh / "bin/boxwright", "--version") == f"boxwright {__version__}\n"
    settings = _said(fresh / "bin/boxwright", "predict", "--model", "x", "--source", "y", "--print_config")
    assert "model: x\n" in settings


def _said(*words: object) -> str:
    """What a command prints, without the sources of the repository in its path."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """The files that a release changes."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, tmp_path / name)
    changelog = (
        "# Changelog\n\nWords.\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [0.1.0] - 2030-01-02\n\n- All.\n"
    )
    (tmp_path / "CHANGELOG.md").write_text(changelog)
    return tmp_path


@pytest.fixture
def cut(root: Path) -> Callable[[Path, str, date], None]:
    return runpy.run_path(str(root / ".ci/cut_release.py"))["cut"]  # type: ignore[no-any-return]


def test_a_release_is_cut(copy: Path, cut: Callable[[Path, str, date], None]) -> None:
    cut(copy, "0.2.0", DAY)
    cut_changelog = "# Changelog\n\nWords.\n\n## [Unreleased]\n\n## [0.2.0] - 2031-05-06\n\n### Added\n\n- A thing.\n\n"
    assert (copy / "CHANGELOG.md").read_text() == cut_changelog + "## [0.1.0] - 2030-01-02\n\n- All.\n"
    assert (copy / FILES[2]).read_text().count('\n__version__ = "0.2.0"\n') == 1
    assert (copy / "CITATION.cff").read_text().count("\nversion: 0.2.0\ndate-released: 2031-05-06\n") == 1


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "0.2", "v0.2.0", "0.2.0rc1"])
def test_a_version_that_cannot_follow_is_refused(
    version: str, copy: Path, cut: Callable[[Path, str, date], None]
) -> None:
    before = [(copy / name).read_text() for name in FILES]
    with pytest.raises(SystemExit, match=r"0\.1\.0, which|three numbers"):
        cut(copy, version, DAY)
    assert [(copy / name).read_text() for name in FILES] == before


def test_a_release_of_nothing_is_refused(copy: Path, cut: Callable[[Path, str, date], None]) -> None:
    cut(copy, "0.2.0", DAY)
    before = [(copy / name).read_text() for name in FILES]
    with pytest.raises(SystemExit, match="nothing under"):
        cut(copy, "0.3.0", DAY)
    assert [(copy / name).read_text() for name in FILES] == before
