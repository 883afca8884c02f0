"""Imports a file in a process of its own, and prints by how many bytes its memory grew."""

import sys
from pathlib import Path

from boxwright.benchmarking.peak_memory import peak_memory
from boxwright.systems.import_file import import_file

if __name__ == "__main__":
    before = peak_memory()
    import_file(Path(sys.argv[1]), Path(sys.argv[2]))
    after = peak_memory()
    assert before is not None
    assert after is not None
    print(after - before)
