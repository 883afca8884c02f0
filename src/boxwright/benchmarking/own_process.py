"""Measuring each model in a process of its own, so that the memory of one is not counted with that of another."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from boxwright import errors
from boxwright.benchmarking.measured_model import MeasuredModel
from boxwright.benchmarking.task import Task
from boxwright.errors import BoxwrightError

PROGRAM = "boxwright.benchmarking.one_model"


def measured_alone(task: Task) -> MeasuredModel:
    """Measures one model in a new process.

    Args:
        task: Which, and how.

    Raises:
        BoxwrightError: What the process raised, or that it was ended.
        MemoryError: The memory was not enough.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-P", "-m", PROGRAM]
    # ended with this process, whatever ends it
    ended = subprocess.run(
        command, input=json.dumps(asdict(task)), capture_output=True, text=True, env=environment, check=False
    )
    return answered(task.model, ended.returncode, ended.stdout, ended.stderr)


def answered(model: str, code: int, out: str, noted: str) -> MeasuredModel:
    """Reads what a process said.

    Args:
        model: That it measured.
        code: With which it ended.
        out: Its output; what counts is the last line.
        noted: Its error output.

    Raises:
        BoxwrightError: What the process raised, or that it was ended.
        MemoryError: The memory was not enough.
    """
    if code < 0:
        raise BoxwrightError(
            f"{model}: the process that measured it was ended by {signal.Signals(-code).name}. If the memory was used "
            "up, give a smaller batch_size or canvas."
        )
    if code:
        raise RuntimeError(f"{model}: the process that measures it ended with {code}.\n{noted.strip()}")
    said: dict[str, Any] = json.loads(out.splitlines()[-1])
    if said.get("error") == "MemoryError":
        raise MemoryError(f"{model}: {said['message']}")
    if "error" in said:
        raise getattr(errors, said["error"], BoxwrightError)(said["message"])
    height, width = said["canvas"]
    return MeasuredModel(**said | {"canvas": (height, width), "warnings": tuple(said["warnings"])})
