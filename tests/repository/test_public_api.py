"""Nobody changes the public interface without noticing."""

import difflib
import runpy
from pathlib import Path

UPDATE = ".venv/bin/python tests/repository/public_api.py > tests/repository/public_api.txt"


def test_public_interface_is_as_written_down(root: Path) -> None:
    now = runpy.run_path(str(root / "tests/repository/public_api.py"))["public_api"]()
    known = (root / "tests/repository/public_api.txt").read_text()
    lines = difflib.unified_diff(known.splitlines(), now.splitlines(), "known", "now", n=0, lineterm="")
    difference = "\n".join(lines)
    assert not difference, f"The public interface changed:\n{difference}\nIf it is meant, run: {UPDATE}"
