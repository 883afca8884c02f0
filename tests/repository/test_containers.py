"""The Dockerfile cannot be built where the tests run, so it is read: files, versions and the commands of its page."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml

from boxwright.cli.main import main


@pytest.fixture
def steps(root: Path) -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, each with what it is given."""
    text = re.sub(r"^#.*\n", "", (root / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in text.splitlines() if line.strip()]


def _installs(steps: list[tuple[str, str]]) -> list[str]:
    return [given for kind, given in steps if kind == "RUN" and "pip install" in given]


def test_what_is_copied_is_there_and_sent(steps: list[tuple[str, str]], root: Path) -> None:
    copied = {name for kind, given in steps if kind == "COPY" for name in given.split()[:-1]}
    ignored = (root / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert copied == {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert [name for name in copied if not (root / name).exists()] == []


def test_the_build_has_every_file_that_the_package_wants(steps: list[tuple[str, str]], root: Path) -> None:
    copied = {name for kind, given in steps if kind == "COPY" for name in given.split()[:-1]}
    project = tomllib.loads((root / "pyproject.toml").read_text())
    wanted = {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]}
    wanted |= {project["tool"]["hatch"]["version"]["path"]}
    assert {name.partition("/")[0] for name in wanted} <= copied


def test_versions_are_those_of_the_tests(steps: list[tuple[str, str]], root: Path) -> None:
    installs = _installs(steps)
    assert len(installs) == 2
    for given in installs:
        assert re.search(r"--constraints? constraints\.txt", given), given
        assert "==" not in given
    (image,) = [given for kind, given in steps if kind == "FROM"]
    workflow = yaml.safe_load((root / ".github/workflows/ci.yml").read_text())
    (python,) = [step["with"]["python-version"] for step in workflow["jobs"]["test"]["steps"] if "with" in step]
    assert image == f"python:{python}-slim"


def test_cpu_and_cuda_are_one_argument(steps: list[tuple[str, str]], root: Path) -> None:
    assert ("ARG", "TORCH=cpu") in steps
    assert '--torch-backend "$TORCH"' in _installs(steps)[-1]
    extras = set(re.findall(r"\[(\w+)\]", _installs(steps)[-1]))
    assert extras <= set(tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"])


def test_commands_in_containers_exist(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = re.findall(r"^docker run (.*)$", (root / "docs/containers.md").read_text(), re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("boxwright.cli.commands.train.ASKS_SETTINGS", "")  # the data of the page are not there
    assert len(lines) == 2
    for line in lines:
        words = shlex.split(line)
        (image,) = [number for number, word in enumerate(words) if word in ("boxwright", "boxwright:cuda")]
        with pytest.raises(SystemExit) as stop:
            main([*words[image + 1 :], "--print_config"])
        assert stop.value.code in (0, None)
