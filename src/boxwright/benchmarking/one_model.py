"""The program of the process that measures one model: a task comes in as JSON, and its numbers go out as JSON."""

import json
import sys
import warnings
from dataclasses import asdict, replace

import torch

from boxwright.benchmarking.measuring import measured
from boxwright.benchmarking.task import Task
from boxwright.errors import BoxwrightError


def answer(text: str) -> str:
    """Measures, and gives the numbers, or the error, in one line.

    Args:
        text: A task as JSON.
    """
    sent = json.loads(text)
    task = Task(**sent | {"canvas": None if sent["canvas"] is None else tuple(sent["canvas"])})
    try:
        with warnings.catch_warnings(record=True) as noted:
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", UserWarning)
            found = measured(task)
    except BoxwrightError as error:
        return json.dumps({"error": type(error).__name__, "message": str(error)})
    except (MemoryError, torch.OutOfMemoryError) as error:
        return json.dumps({"error": "MemoryError", "message": str(error)})
    said = dict.fromkeys(str(each.message) for each in noted if each.category is UserWarning)
    return json.dumps(asdict(replace(found, warnings=tuple(said))))


if __name__ == "__main__":
    sys.stdout.write(f"\n{answer(sys.stdin.read())}\n")  # on a line of its own, whatever a library has said
