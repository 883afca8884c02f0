"""--compile trains the same, and leaves the same names."""

from pathlib import Path

import pytest
from tests.end_to_end.tiny_data import write_tiny_data
from tests.loaded_python import LoadedPython

HERE = Path(__file__).parent


@pytest.mark.slow
def test_a_compiled_training_leaves_what_another_does(tmp_path: Path, loaded_python: LoadedPython) -> None:
    """In a process of its own, since types are not checked inside of what is compiled.

    The canvas is so small that the last batch, of one image, gives a norm of the deepest level one value.
    """
    data = write_tiny_data(tmp_path / "data", train=3, val=2)
    words = ["yolov8n", "32", str(data), str(tmp_path)]
    found = loaded_python.run(HERE / "compiled_training.py", *words)
    assert found.stdout.endswith("the same\n"), found.stdout + found.stderr
