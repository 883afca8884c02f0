"""Prediction on a real cluster of Ray: its driver is killed, then one of its two actors, and no row is lost or twice.

A named pipe among the pictures keeps each start from ending before it is killed: who reads it waits for who writes.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import numpy as np
import pyarrow
import pytest
from PIL import Image
from pyarrow.parquet import read_table, write_table
from tests.end_to_end.conftest import Run
from tests.loaded_python import LoadedPython

from boxwright.prediction import predict

T = TypeVar("T")
LIMIT = 300  # seconds, on a machine that is busy
PICTURES = 90
TOKEN = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": uuid4().hex}
SETTINGS = {"score_threshold": 0.3, "max_detections": 5, "batch_size": 1, "device": "cpu"}
MODEL = """
import torch
from boxwright import export
from boxwright.systems import build_system, save_model
torch.manual_seed(0)
system = build_system("ssd_tiny", 2)
save_model({file!r}, system, categories=("cat", "dog"), canvas_size=(64, 64), config={{}})
export({file!r}, format="onnx", output={folder!r})
"""


def _until(fact: Callable[[], T], what: str) -> T:
    """Waits for a fact."""
    end = time.monotonic() + LIMIT
    while not (found := fact()):
        assert time.monotonic() < end, f"{what} did not come in {LIMIT} s"
        time.sleep(0.01)
    return found


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """Gives where it answers, and the number of the process that all others stem from."""
    address, folder = tmp_path_factory.mktemp("cluster") / "address", tempfile.mkdtemp(prefix="ray", dir="/tmp")
    command = [sys.executable, str(Path(__file__).with_name("ray_cluster.py")), folder, str(address)]
    environment, said = {**os.environ, **TOKEN, "OMP_NUM_THREADS": "1"}, address.with_name("said")
    with (
        said.open("wb") as end,
        subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=end, stderr=end, start_new_session=True
        ) as process,
    ):
        try:
            _until(lambda: address.exists() or process.poll() is not None, "the cluster")
            assert address.exists(), said.read_text()
            yield address.read_text(), process.pid
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(LIMIT)
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Scene:
    model: Path
    table: Path
    rows: Path

    @property
    def words(self) -> list[str]:
        flags = {**SETTINGS, "model": self.model, "source": self.table, "output": f"parquet:{self.rows}"}
        flags |= {"engine": "ray", "rows_per_file": 8}
        return ["predict", *(str(word) for name, value in flags.items() for word in (f"--{name}", value))]

    @property
    def parts(self) -> list[Path]:
        return sorted(self.rows.glob("part-*.parquet"))

    @property
    def pipe(self) -> Path:
        return self.table.with_name("pipe.png")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, loaded_python: LoadedPython) -> Scene:
    """A table of pictures of every kind; one of them is broken, one is not there, the last one is a pipe."""
    root = tmp_path_factory.mktemp("scene")
    exported = loaded_python.run("-c", MODEL.format(file=str(root / "ssd.safetensors"), folder=str(root / "onnx")))
    assert exported.returncode == 0, exported.stderr
    random, exif = np.random.default_rng(0), Image.Exif()
    exif[0x0112] = 6
    pictures = [Image.fromarray(random.integers(0, 256, (40, 60, 3), dtype=np.uint8)) for _ in range(PICTURES)]
    for number, picture in enumerate(pictures):
        picture.save(root / f"{number:02d}.png")
    pictures[0].save(root / "turned.jpg", exif=exif)
    pictures[1].convert("CMYK").save(root / "cmyk.jpg")
    Image.fromarray(random.integers(0, 65536, (40, 60), dtype=np.uint16)).save(root / "deep.png")
    (root / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0nothing")
    names = sorted(path.name for path in root.iterdir() if path.suffix in (".png", ".jpg"))
    names += ["lost.png", "pipe.png"]
    write_table(pyarrow.table({"path": names}), root / "table.parquet")
    return Scene(root / "onnx" / "model.onnx", root / "table.parquet", root / "rows")


def _actors(ancestor: int) -> list[tuple[float, int]]:
    """Gives the actors of the pool that stem from a process, with the time that each has worked."""
    parents, found = {}, []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            title, fields = (place / "cmdline").read_bytes(), (place / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        parents[int(place.name)] = int(fields[1])
        if title.startswith(b"ray::MapWorker"):
            found.append((float(fields[11]), int(place.name)))

    def stems(process: int) -> bool:
        return process == ancestor or (process in parents and stems(parents[process]))

    return sorted(each for each in found if stems(each[1]))


def _write_into(pipe: Path, content: bytes) -> bool:
    """Writes into a pipe, if somebody reads it."""
    try:
        end = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return False
    with os.fdopen(end, "wb") as file:
        file.write(content)
    return True


def _new_pipe(pipe: Path) -> None:
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)


@pytest.fixture(scope="module")
def second_start(
    scene: Scene, cluster: tuple[str, int], loaded_python: LoadedPython
) -> subprocess.CompletedProcess[str]:
    """A start whose driver is killed, and another that loses one of two actors."""
    address, ancestor = cluster
    environment = {"RAY_ADDRESS": address, **TOKEN}
    command = ["-m", "boxwright.cli.main", *scene.words]
    _new_pipe(scene.pipe)
    with loaded_python.started(*command, "--actors", "1", environment=environment) as (driver, ended):
        _until(lambda: scene.parts or not Path(f"/proc/{driver}").exists(), "the first file of rows")
        os.kill(driver, signal.SIGKILL)
        assert ended().returncode == -signal.SIGKILL, ended().stderr
    before = len(scene.parts)
    assert read_table(scene.rows).num_rows < PICTURES
    _new_pipe(scene.pipe)  # nobody reads this one yet
    with loaded_python.started(*command, "--actors", "2", environment=environment) as (driver, ended):
        _until(lambda: len(scene.parts) > before or not Path(f"/proc/{driver}").exists(), "a further file of rows")
        busiest = _actors(ancestor)[-1][1]
        os.kill(busiest, signal.SIGKILL)
        written = read_table(scene.rows).num_rows
        assert written < PICTURES, "the actor was killed when all was done"
        _until(lambda: _write_into(scene.pipe, (scene.table.with_name("00.png")).read_bytes()), "a reader of the pipe")
        return ended()


pytestmark = pytest.mark.slow


def test_no_row_is_lost_and_none_is_twice(scene: Scene, second_start: subprocess.CompletedProcess[str]) -> None:
    wanted = read_table(scene.table)["path"].to_pylist()
    assert sorted(read_table(scene.rows)["path"].to_pylist()) == sorted(wanted), second_start.stderr
    assert not [path for path in scene.rows.iterdir() if path.suffix != ".parquet" and not path.name.startswith(".")]


def test_rows_are_what_predict_finds(scene: Scene, second_start: subprocess.CompletedProcess[str]) -> None:
    rows = {row["path"]: row for row in read_table(scene.rows).to_pylist()}
    files = [scene.table.with_name(name) for name, row in rows.items() if row["error"] is None and name != "pipe.png"]
    for found in predict(scene.model, files, **SETTINGS):
        row = rows[Path(str(found.path)).name]
        assert row["boxes"] == found.boxes.tolist()
        assert (row["scores"], row["labels"]) == (found.scores.tolist(), found.labels.tolist())
        assert (row["height"], row["width"]) == found.origin.size
    assert {**rows["pipe.png"], "path": "00.png"} == rows["00.png"]
    assert sum(len(row["scores"] or ()) for row in rows.values()) > PICTURES


def test_what_cannot_be_read_is_a_row_and_the_exit_code(
    scene: Scene, second_start: subprocess.CompletedProcess[str]
) -> None:
    rows = {row["path"]: row for row in read_table(scene.rows).to_pylist()}
    faults = {path: row["error"] for path, row in rows.items() if row["error"] is not None}
    assert sorted(faults) == ["broken.jpg", "lost.png"]
    assert "the header of this JPEG file is broken" in faults["broken.jpg"]
    assert "No such file or directory" in faults["lost.png"]
    assert second_start.returncode == 1
    assert f"The rows of {len(rows)} are in {scene.rows}." in second_start.stdout
    assert "boxwright: 2 images could not be read; the rows say why in the column error:" in second_start.stderr
    assert "have a row in" in second_start.stderr


def test_a_third_start_has_nothing_to_do(
    scene: Scene, second_start: subprocess.CompletedProcess[str], boxwright: Run
) -> None:
    parts = scene.parts
    done = boxwright(*scene.words, "--on_bad", "skip")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("0 objects in 0 images. The rows of ")
    assert "2 images could not be read" in done.stderr
    assert scene.parts == parts
