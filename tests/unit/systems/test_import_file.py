import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from tests.unit.systems import import_memory
from tests.unit.systems.published.test_mmdetection import RetinaNet

from boxwright.benchmarking.peak_memory import peak_memory
from boxwright.systems.import_file import licence_line


@pytest.mark.parametrize(
    ("licence", "said"),
    [("unknown", "the file states none.*under the AGPL"), ("MIT", "as the file states it: MIT.*stay under it")],
)
def test_what_a_licence_means_is_said(licence: str, said: str) -> None:
    assert re.search(said, licence_line(licence))


@pytest.mark.skipif(peak_memory() is None, reason="the system does not say how much memory a process has held")
@pytest.mark.parametrize("form", ["archive", "safetensors"])
def test_a_large_file_takes_little_more_memory_than_its_size(form: str, tmp_path: Path) -> None:
    """Of a network as large as they come, with what its optimiser kept of it."""
    with torch.device("meta"):
        shapes = {name: value.shape for name, value in RetinaNet(101).state_dict().items()}
    path, output = tmp_path / "large", tmp_path / "ours.safetensors"
    state: dict[str, Any] = {name: torch.zeros(shape) for name, shape in shapes.items()}
    if form == "safetensors":
        save_file(state, path)
    else:
        moments = {number: {"momentum_buffer": torch.zeros(shape)} for number, shape in enumerate(shapes.values())}
        torch.save({"state_dict": state, "optimizer": {"state": moments}}, path)
    del state
    size = path.stat().st_size
    assert size > (3e8 if form == "archive" else 1.5e8)
    words = [sys.executable, import_memory.__file__, str(path), str(output)]
    grown = int(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    assert 1.5e8 < output.stat().st_size < size * 1.01
    assert grown < 1.2 * size
    path.unlink()
