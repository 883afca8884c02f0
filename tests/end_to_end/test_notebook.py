"""The notebook is run as a reader runs it, from the first cell to the last, with a smaller canvas and one epoch."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "examples/first_model.ipynb"
BUDGET = "CANVAS, EPOCHS = 320, 60"
SMALL = "CANVAS, EPOCHS = 64, 1"


def _cells() -> list[nbformat.NotebookNode]:
    return list(nbformat.read(NOTEBOOK, as_version=4).cells)


def test_the_notebook_is_kept_without_what_it_printed() -> None:
    code = [cell for cell in _cells() if cell.cell_type == "code"]
    assert [cell.outputs for cell in code] == [[]] * len(code)
    assert [cell.execution_count for cell in code] == [None] * len(code)


def _kinds(cell: nbformat.NotebookNode) -> set[str]:
    """The media types of what a cell shows."""
    return {kind for output in cell.outputs if "data" in output for kind in output.data}


@pytest.mark.slow
def test_the_notebook_runs_and_shows_its_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    given = [cell for cell in notebook.cells if BUDGET in cell.source]
    assert len(given) == 1
    given[0].source = given[0].source.replace(BUDGET, SMALL)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}})
    client.execute()
    shown = {
        cell.source.splitlines()[-1].partition("(")[0]: cell for cell in notebook.cells if cell.cell_type == "code"
    }
    pictures = [cell for cell in notebook.cells if "display(" in cell.source]
    assert len(pictures) == 3
    assert all(_kinds(cell) & {"image/png", "image/jpeg"} for cell in pictures)
    assert "<iframe srcdoc=" in shown["boxwright.inspect"].outputs[-1].data["text/html"]
    assert (tmp_path / "runs/train/weights/best.safetensors").is_file()
