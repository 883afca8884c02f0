import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource
import numpy as np
from boxwright.data.loading.freed_memory import keep_freed_memory

def faults() -> int:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        np.ones(4 << 20, np.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

before = faults()
print(keep_freed_memory(), before, faults())
"""

TRAINING = """
import resource
import torch
from boxwright.settings.training import TrainingSettings
from boxwright.training.trainer import arithmetic

def faults() -> int:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        kept = [torch.ones(1 << 20) for _ in range(20)]  # 80 MB, as what a forward pass keeps
        kept.clear()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def held() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()

before = faults()
with arithmetic(TrainingSettings()):
    after, during = faults(), held()
print(before, after, during - held())
"""


def _run(program: str) -> list[str]:
    """In a process of its own, since it is for the whole process."""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()


def test_buffers_are_used_again() -> None:
    taken, before, after = _run(PROGRAM)
    assert taken == str(platform.libc_ver()[0] == "glibc")
    if taken == "True":
        assert int(after) < 0.1 * int(before)


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be told, and /proc says what is held")
def test_a_training_uses_memory_again_and_gives_it_back() -> None:
    before, after, given_back = map(int, _run(TRAINING))
    assert after < 0.1 * before
    assert given_back > 60 << 20
