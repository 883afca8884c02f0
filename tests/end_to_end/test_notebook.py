"""The notebook is run as a reader runs it, from the first cell to the last, with less of everything."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from boxwright.data.portions import SAMPLES

NOTEBOOK = Path(__file__).parents[2] / "examples/first_model.ipynb"
SMALLER = {
    'DATA = "sample:bccd"': 'DATA = "few"',
    "CANVAS, EPOCHS = 320, 60": "CANVAS, EPOCHS = 64, 1",
}
PHOTOGRAPHS = {"train": 8, "val": 3}


def _cells() -> list[nbformat.NotebookNode]:
    return list(nbformat.read(NOTEBOOK, as_version=4).cells)


def test_the_notebook_is_kept_without_what_it_printed() -> None:
    code = [cell for cell in _cells() if cell.cell_type == "code"]
    assert [cell.outputs for cell in code] == [[]] * len(code)
    assert [cell.execution_count for cell in code] == [None] * len(code)


def _kinds(cell: nbformat.NotebookNode) -> set[str]:
    """The media types of what a cell shows."""
    return {kind for output in cell.outputs if "data" in output for kind in output.data}


def _write_few(root: Path) -> None:
    """Takes some of the photographs that the notebook asks for, and all that is known of them."""
    whole = SAMPLES / "bccd"
    for folder in ("annotations", "images"):
        (root / folder).mkdir(parents=True)
    for part, count in PHOTOGRAPHS.items():
        document = json.loads((whole / "annotations" / f"instances_{part}.json").read_text())
        document["images"] = document["images"][:count]
        kept = {image["id"] for image in document["images"]}
        document["annotations"] = [each for each in document["annotations"] if each["image_id"] in kept]
        for image in document["images"]:
            shutil.copy(whole / "images" / image["file_name"], root / "images")
        (root / "annotations" / f"instances_{part}.json").write_text(json.dumps(document))


@pytest.mark.slow
def test_the_notebook_runs_and_shows_its_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    _write_few(tmp_path / "few")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for given, smaller in SMALLER.items():
        cells = [cell for cell in notebook.cells if given in cell.source]
        assert len(cells) == 1
        cells[0].source = cells[0].source.replace(given, smaller)
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
