"""Cuts a release: writes its version and day where they stand, and gives it what the changelog has under Unreleased.

`.venv/bin/python .ci/cut_release.py VERSION` changes three files of the folder that it runs in, and commits nothing.
"""

import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

VERSION = "src/boxwright/__init__.py"  # the one place; the package's metadata is read from it
Change = Callable[[str, str, date], str]


def _code(text: str, version: str, day: date) -> str:
    return re.sub(r'^__version__ = ".*"$', f'__version__ = "{version}"', text, flags=re.MULTILINE)


def _citation(text: str, version: str, day: date) -> str:
    text = re.sub(r"^date-released: .*\n", "", text, flags=re.MULTILINE)
    return re.sub(r"^version: .*$", f"version: {version}\ndate-released: {day}", text, flags=re.MULTILINE)


def _changelog(text: str, version: str, day: date) -> str:
    found = re.search(r"^## \[Unreleased\]\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if found is None or not found[1].strip():
        sys.exit("CHANGELOG.md has nothing under [Unreleased]. Write down there what a user will notice.")
    return text[: found.start(1)] + f"\n## [{version}] - {day}\n" + text[found.start(1) :]


CHANGES: dict[str, Change] = {VERSION: _code, "CITATION.cff": _citation, "CHANGELOG.md": _changelog}


def cut(root: Path, version: str, day: date) -> None:
    """Changes the files of a release, or none."""
    parts = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", version)
    if parts is None:
        sys.exit(f"A version is three numbers, such as 0.2.0, not {version!r}.")
    earlier = re.findall(r"^## \[(\d+)\.(\d+)\.(\d+)\]", (root / "CHANGELOG.md").read_text(), re.MULTILINE)
    newest = max((tuple(map(int, each)) for each in earlier), default=())
    if tuple(map(int, parts.groups())) <= newest:
        sys.exit(f"{version} is not after {'.'.join(map(str, newest))}, which CHANGELOG.md has already.")
    changed = {name: change((root / name).read_text(), version, day) for name, change in CHANGES.items()}
    for name, text in changed.items():
        (root / name).write_text(text)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} VERSION")
    cut(Path.cwd(), sys.argv[1], date.today())
