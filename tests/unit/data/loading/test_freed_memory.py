import platform
import subprocess
import sys

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


def test_buffers_are_used_again() -> None:
    """In a process of its own, since it is for the whole process."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    taken, before, after = done.stdout.split()
    assert taken == str(platform.libc_ver()[0] == "glibc")
    if taken == "True":
        assert int(after) < 0.1 * int(before)
