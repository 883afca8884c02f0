"""The Makefile knows the words of the repository, and CI and the hooks use no others."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

WORDS = {"demo", "setup", "check", "test", "bench", "gpu", "docs", "browser"}


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


def test_ci_script_is_make_test_with_a_browser(root: Path) -> None:
    script = root / ".ci/run"
    assert script.stat().st_mode & 0o111, "make .ci/run executable"
    commands = [line for line in script.read_text().splitlines() if "make " in line]
    assert [command.partition(" <")[0] for command in commands] == ["make browser", "exec make test"]


@pytest.mark.parametrize("word", sorted(WORDS - {"browser"}))
def test_nothing_asks_for_more_rights_unasked(word: str, root: Path) -> None:
    """Only the word for the browser may; the others install into .venv."""
    command = ["make", "--dry-run", "--always-make", "--directory", str(root), word]
    planned = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "sudo" not in planned
    assert ".ci/chromium" not in planned


def test_the_tests_say_what_installs_a_browser(root: Path, tmp_path: Path) -> None:
    (tmp_path / "sh").symlink_to(shutil.which("sh") or "")
    line = re.search(r"^\t@(\$\(FIND_BROWSER\).*)$", (root / "Makefile").read_text(), re.MULTILINE)
    found = re.search(r"^FIND_BROWSER := (.*)$", (root / "Makefile").read_text(), re.MULTILINE)
    assert line is not None
    assert found is not None
    program = line[1].replace("$(FIND_BROWSER)", found[1])
    said = subprocess.run(
        ["sh", "-c", program], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert said.stderr == "There is no Chromium, and the tests of the pages will fail. Run: make browser\n"
    (tmp_path / "google-chrome").symlink_to(shutil.which("sh") or "")
    said = subprocess.run(
        ["sh", "-c", program], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert said.stderr == ""


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
