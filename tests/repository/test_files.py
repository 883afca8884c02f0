"""Files stay short, are named after the thing in them, and mention nothing that only their author has."""

import ast
import re
from pathlib import Path

import pytest

FILE_LIMIT = 300
FUNCTION_LIMIT = 40
BANNED = {
    "base", "bases", "common", "core", "helper", "helpers", "internal", "internals", "manager", "managers",
    "misc", "shared", "tool", "tools", "util", "utilities", "utils",
}  # fmt: skip
# Each is written so that it does not find itself.
FORBIDDEN = {
    "a package index": r"(?i)index[-_]url|extra[-_]index|find[-_]links|https?://[^\s\"']+/simpl[e]\b|trusted[-_]host",
    "a package file": r"(?i)https?://[^\s\"']+\.(?:wh[l]|tar\.g[z])",
    "a path of one machine": r"(?<![\w.~$}/-])/(?:home|root|work|Users)/\w",
    "a path outside the repository": r"\.\./(?:shared)\b",
    "a marker of an unfinished merge": r"(?m)^(?:<{7}|>{7}) ",
}
TEXT = {".cfg", ".ini", ".json", ".md", ".py", ".toml", ".txt", ".yaml", ".yml", ""}


def _functions(source: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(source.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def _code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the signature and the body, without the docstring."""
    assert function.end_lineno is not None
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function, clean=False) is not None:
        docstring = function.body[0]
        assert docstring.end_lineno is not None
        lines -= docstring.end_lineno - docstring.lineno + 1
    return lines


def test_files_are_short(sources: list[Path]) -> None:
    lines = {source: len(source.read_text().splitlines()) for source in sources}
    long = [f"{source} has {number} lines" for source, number in lines.items() if number >= FILE_LIMIT]
    assert not long, "\n".join([*long, "Find the second thing in it and give it a file."])


def test_functions_are_short(sources: list[Path]) -> None:
    lines = [(source, function.name, _code_lines(function)) for source in sources for function in _functions(source)]
    long = [
        f"{source}: {name} has {number} lines of code" for source, name, number in lines if number >= FUNCTION_LIMIT
    ]
    assert not long, "\n".join([*long, "Find the steps in them and name them."])


def test_nothing_is_called_by_what_it_is_not(tracked: list[Path], root: Path) -> None:
    bad = []
    for path in tracked:
        relative = path.relative_to(root)
        if "golden" in relative.parts:  # recorded elsewhere, under the names that they have there
            continue
        words = {word for part in relative.with_suffix("").parts for word in re.split(r"[_\-.]", part.lower())}
        if relative.parts[0] in {"src", "tests", "benchmarks", "examples"} and words & BANNED:
            bad.append(relative.as_posix())
    assert not bad, f"Name these after the thing in them, not after the drawer they lie in: {bad}"


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_mentions(what: str, tracked: list[Path], root: Path) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = []
    for path in tracked:
        if path.suffix in TEXT and (match := pattern.search(path.read_text())):
            found.append(f"{path.relative_to(root)}: {match[0]!r}")
    assert not found, f"Tracked files mention {what}: {found}"


def test_bundled_photographs_have_their_licence_beside_them(root: Path) -> None:
    folders = [path for path in (root / "src/boxwright/data/samples").iterdir() if path.is_dir()]
    folders = [path for path in folders if path.name != "__pycache__"]
    assert folders, "the sample of `make demo` is gone"
    without = [path.name for path in folders if not (path / "LICENSE").is_file()]
    assert not without, f"Put the LICENSE of the data beside {without}; nothing without one may be in the package."


def test_large_files_are_not_tracked(tracked: list[Path], root: Path) -> None:
    large = {path.relative_to(root).as_posix(): path.stat().st_size for path in tracked if path.stat().st_size > 2**22}
    assert not large, f"Files over 4 MiB do not belong into the repository: {large}"
