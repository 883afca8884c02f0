"""The Makefile knows the words of the repository, and CI and the hooks use no others."""

import re
import tomllib
from pathlib import Path

import yaml

WORDS = {"demo", "setup", "check", "test", "bench", "gpu", "docs"}


def _words_of_makefile(root: Path) -> set[str]:
    return set(re.findall(r"^([a-z]+):.*##", (root / "Makefile").read_text(), re.MULTILINE))


def test_makefile_has_the_words(root: Path) -> None:
    assert _words_of_makefile(root) == WORDS | {"help"}


def test_every_word_is_phony(root: Path) -> None:
    """A folder called `docs` must not keep `make docs` from running."""
    phony = re.search(r"^\.PHONY:(.*)$", (root / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) >= WORDS | {"help"}


def test_workflow_runs_these_words_only(root: Path) -> None:
    workflow = yaml.safe_load((root / ".github/workflows/ci.yml").read_text())
    commands = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert commands
    assert set(commands) <= {f"make {word}" for word in WORDS}


def test_ci_script_is_make_test(root: Path) -> None:
    script = root / ".ci/run"
    assert script.stat().st_mode & 0o111, "make .ci/run executable"
    commands = [line for line in script.read_text().splitlines() if "make " in line]
    assert len(commands) == 1
    assert "make test" in commands[0]


def test_hooks_call_tools_of_make_check(root: Path) -> None:
    makefile = (root / "Makefile").read_text()
    hooks = yaml.safe_load((root / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"], "hooks that are fetched would not be the pinned tools"
    for hook in hooks[0]["hooks"]:
        tool = hook["entry"].removeprefix(".venv/").split()[0].removeprefix("bin/")
        assert f"$(BIN)/{tool}" in makefile, hook["id"]


def test_constraints_pin_every_dependency(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    names = {re.split(r"[\[<>=! ]", line)[0].lower() for line in wanted}
    pinned = set(re.findall(r"^([\w.-]+)==", (root / "constraints.txt").read_text().lower(), re.MULTILINE))
    assert names <= pinned, f"not pinned in constraints.txt: {sorted(names - pinned)}"
