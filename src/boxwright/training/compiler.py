"""Whether there is what torch.compile needs to make machine code."""

import os
import sys
import sysconfig
from pathlib import Path
from shutil import which

import torch

from boxwright.errors import ConfigError


def require_compiler(accelerator: str) -> None:
    """Refuses to compile where that would fail in the first step, minutes after the start.

    For a CPU a C++ compiler is needed, that of the variable CXX or the usual one; for a GPU one of C, that of CC. Both
    read the header of Python.

    Args:
        accelerator: As in the settings of a training.

    Raises:
        ConfigError: There is none, or the header is missing.
    """
    is_gpu = accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available()
    variable, language = ("CC", "C") if is_gpu else ("CXX", "C++")
    names = (os.environ[variable],) if os.environ.get(variable) else _usual(is_gpu)
    if not any(which(name) for name in names):
        raise ConfigError(
            f"compile: there is no {language} compiler {' or '.join(names)}. Install one (on Debian and Ubuntu: apt "
            f"install build-essential), name yours in the variable {variable}, or leave --compile out."
        )
    header = Path(sysconfig.get_path("include"), "Python.h")
    if not header.is_file():
        raise ConfigError(
            f"compile: there is no {header}, which the compiler reads. Install the headers of Python (on Debian and "
            "Ubuntu: apt install python3-dev), or leave --compile out."
        )


def _usual(is_gpu: bool) -> tuple[str, ...]:
    if is_gpu:
        return "gcc", "clang", "cl"
    return ({"win32": "cl", "darwin": "clang++"}.get(sys.platform, "g++"),)
