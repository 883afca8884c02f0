"""Every example runs, and the navigation leads somewhere.

The Python blocks of a page run one after the other, in an empty folder, and share their names, as a reader would run
them. A block that cannot run in a test (it trains for minutes, it needs a file of the reader) says why in a comment
`<!-- not run: … -->` right before it; its names are then checked without running it.
"""

import ast
import doctest
import importlib
import inspect
import re
import runpy
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from boxwright.cli.main import main

BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w+)[^\n]*\n(?P<code>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL)
NOT_RUN = re.compile(r"<!-- not run: .+? -->\s*\Z", re.DOTALL)
LANGUAGES = {"python", "console", "yaml", "text", "json", "make"}


@dataclass(frozen=True)
class Block:
    language: str
    code: str
    line: int
    is_run: bool


def _blocks(page: Path) -> list[Block]:
    text = page.read_text()
    found = []
    for match in BLOCK.finditer(text):
        indent, before = len(match["indent"]), text[: match.start()]
        code = "".join(line[indent:] if line.strip() else "\n" for line in match["code"].splitlines(keepends=True))
        line = before.count("\n") + 1
        found.append(Block(match["language"], code, line, NOT_RUN.search(before) is None))
    return found


def _compiled(block: Block, page: Path) -> Any:
    """Compiles so that a traceback names the line of the page."""
    return compile("\n" * block.line + block.code, str(page), "exec")


def _check_names(block: Block, page: Path) -> None:
    """Checks that what a block imports from boxwright exists, and that calls of it fit its signature."""
    _compiled(block, page)
    nodes = list(ast.walk(ast.parse(block.code)))
    imported = {}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("boxwright"):
            module = importlib.import_module(node.module)
            imported |= {alias.asname or alias.name: getattr(module, alias.name) for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in imported:
            keywords = {keyword.arg: None for keyword in node.keywords if keyword.arg}
            inspect.signature(imported[node.func.id]).bind(*node.args, **keywords)


def test_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__example__"}
    for block in _blocks(page):
        if block.language != "python":
            continue
        if block.is_run:
            exec(_compiled(block, page), names)
        else:
            _check_names(block, page)


def _commands(page: Path) -> list[list[str]]:
    """The words of every `boxwright …` line of a page, without redirections and configuration files."""
    blocks = [block.code.replace("\\\n", " ") for block in _blocks(page) if block.language == "console"]
    lines = [line for code in blocks for line in code.splitlines()]
    commands = []
    for line in lines:
        words = shlex.split(re.sub(r" (?:> \S+|--config \S+)", "", line))
        if words and words[0].rpartition("/")[2] == "boxwright":
            commands.append(words[1:])
    return commands


def test_commands_have_flags_that_exist(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("boxwright.cli.commands.train.ASKS_SETTINGS", "")  # the data of a page are not there
    for words in _commands(page):
        asked = words if "--help" in words or "--print_config" in words else [*words, "--print_config"]
        with pytest.raises(SystemExit) as stop:
            main(asked)
        assert stop.value.code in (0, None), words
    assert not list(tmp_path.iterdir()), "a command of the page did more than show its settings"


def test_only_words_of_the_makefile_are_named(page: Path, root: Path) -> None:
    words = re.findall(r"^([a-z]+):.*##", (root / "Makefile").read_text(), re.MULTILINE)
    named = re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(), re.MULTILINE)
    assert set(named) <= set(words)


def test_blocks_name_their_language(page: Path) -> None:
    opened = re.findall(r"^ *```(\w*)", page.read_text(), re.MULTILINE)[::2]
    unknown = set(opened) - LANGUAGES
    assert not unknown, f"{page.name}: blocks need one of {sorted(LANGUAGES)} as their language, found {unknown}"


def test_yaml_can_be_read(page: Path) -> None:
    for block in _blocks(page):
        if block.language == "yaml":
            assert list(yaml.safe_load_all(block.code)) not in ([], [None]), f"{page.name}:{block.line}"


def test_docstring_examples_run(source_with_examples: Path, root: Path) -> None:
    dotted = source_with_examples.relative_to(root / "src").with_suffix("").parts
    module = importlib.import_module(".".join(part for part in dotted if part != "__init__"))
    failed, tried = doctest.testmod(module)
    assert tried
    assert not failed


@pytest.mark.parametrize("example", sorted(path.name for path in (Path(__file__).parents[2] / "examples").glob("*.py")))
def test_example_files_run(example: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(root / "examples" / example), run_name="__main__")


def _pages_of(entry: object) -> list[str]:
    if isinstance(entry, str):
        return [entry]
    children = entry.values() if isinstance(entry, dict) else entry
    return [page for child in children for page in _pages_of(child)]  # type: ignore[attr-defined]


def test_navigation_is_whole(root: Path) -> None:
    settings = yaml.safe_load((root / "mkdocs.yml").read_text())
    listed = _pages_of(settings["nav"])
    written = {path.relative_to(root / "docs").as_posix() for path in (root / "docs").rglob("*.md")}
    decisions = {page for page in written if page.startswith("decisions/0")}  # which one page lists
    assert sorted(listed) == sorted(written - decisions), (
        "nav in mkdocs.yml and docs/ differ, or a page is listed twice"
    )


def test_site_is_built_without_the_network(root: Path) -> None:
    settings = yaml.safe_load((root / "mkdocs.yml").read_text())
    assert settings["theme"]["font"] is False
    assert "extra_javascript" not in settings
    for name in settings["extra_css"]:
        assert not re.search(r"@import|url\(", (root / "docs" / name).read_text()), name
    names = {next(iter(plugin)) if isinstance(plugin, dict) else plugin for plugin in settings["plugins"]}
    assert names <= {"search", "mkdocstrings"}


def test_decisions_are_numbered_and_have_their_three_parts(root: Path) -> None:
    pages = sorted(path for path in (root / "docs/decisions").glob("*.md") if path.name != "index.md")
    index = (root / "docs/decisions/index.md").read_text()
    assert [path.name[:4] for path in pages] == [f"{number:04d}" for number in range(1, len(pages) + 1)]
    assert re.findall(r"\]\((0.+?)\)", index) == [path.name for path in pages]
    for path in pages:
        text = path.read_text()
        assert f"| [{path.name[:4]}]({path.name}) | " in index, f"{path.name} has no line in docs/decisions/index.md"
        assert text.startswith(f"# {path.name[:4]}: "), path.name
        assert re.findall(r"^## (.*)", text, re.MULTILINE) == ["Context", "Decision", "Consequences"], path.name


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"])
def test_links_between_files_lead_somewhere(name: str, root: Path) -> None:
    """mkdocs checks the links of the pages; these are not among them."""
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", (root / name).read_text())
    missing = [link for link in links if not (root / link).exists()]
    assert not missing, f"{name} links to {missing}"


def test_contributing_is_short(root: Path) -> None:
    assert len((root / "CONTRIBUTING.md").read_text().splitlines()) < 80


def test_changelog_keeps_its_form(root: Path) -> None:
    text = (root / "CHANGELOG.md").read_text()
    assert re.search(r"^## \[Unreleased\]$", text, re.MULTILINE)
    kinds = set(re.findall(r"^### (.*)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
