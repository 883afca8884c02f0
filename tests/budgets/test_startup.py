"""What a person waits for who asks for help or mistypes a flag: the time is that of imports, so these are counted."""

import json
import subprocess
import sys

import pytest

from boxwright.cli.main import COMMANDS

HEAVY = ("torch", "torchvision", "lightning", "timm", "numpy", "matplotlib", "cv2", "PIL", "rich", "av", "supervision")
MOST_MEMORY = 150  # MB
PROGRAM = f"""
import json, resource, sys
from boxwright.cli.main import main
try:
    code = main(sys.argv[1:])
except SystemExit as ended:
    code = ended.code
heavy = sorted(set(sys.modules) & set({HEAVY!r}))
print(json.dumps([code, heavy, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]), file=sys.stderr)
"""


def _run(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    # from a shell, since Linux counts the memory of the process that starts one
    started = ["sh", "-c", '"$@"; exit $?', "sh", sys.executable, "-c", program, *words]
    return subprocess.run(started, capture_output=True, text=True, check=True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), 2),
        (("--help",), 0),
        (("trian",), 2),
        *(((command, "--help"), 0) for command in COMMANDS),
        *(((command, "--no_such_flag", "3"), 2) for command in COMMANDS),
        (("train", "--epochs", "many"), 2),
        (("train", "--system", "yolov99"), 2),
        (("train", "--optimization.momentum", "2"), 2),
        (("train", "imgsz=640"), 2),
        (("train", "--seed", "3", "--print_config"), 0),
        (("train", "--data", "x", "--print_config"), 1),
        (("evaluate", "--model", "x", "--data", "y", "--device", "0"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_needs_no_network_loads_no_torch(words: tuple[str, ...], expected: int) -> None:
    done = _run(PROGRAM, *words)
    code, heavy, memory = json.loads(done.stderr.splitlines()[-1])
    assert (code, heavy) == (expected, [])
    assert memory < MOST_MEMORY


def test_importing_the_package_loads_nothing_but_itself() -> None:
    heavy = (*HEAVY, "yaml")
    done = _run(f"import sys, boxwright; dir(boxwright); print(sorted(set(sys.modules) & set({heavy!r})))")
    assert done.stdout == "[]\n"
