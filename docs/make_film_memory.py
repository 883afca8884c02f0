"""Makes the picture of prediction.md that shows the memory of `boxwright predict` over a film.

Trains yolov8n for an epoch, makes a film of 1920 × 1080, predicts on it as the command line does, and asks the system
twice a second how much memory the process and its children have: `.venv/bin/python docs/make_film_memory.py`. Needs
Linux.
"""

import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import cv2
import matplotlib
import numpy as np

import boxwright
from boxwright.data import open_dataset, read_image

matplotlib.use("Agg")
PICTURE = Path(__file__).parent / "images" / "film_memory.png"
SECONDS, RATE, SIZE, CANVAS = 120, 10, (1080, 1920), 320
EVERY = 0.5  # seconds between two looks at the memory


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        boxwright.train("sample:bccd", "yolov8n", epochs=1, canvas=CANVAS, output=place / "run")
        make_film(place / "film.mp4")
        words = ["predict", "--model", place / "run/train", "--source", place / "film.mp4", "--output", place / "found"]
        options = ["--save", "[pictures,json]", "--score_threshold", "0.001", "--device", "cpu"]
        seconds, megabytes = watched([sys.executable, "-m", "boxwright.cli.main", *map(str, words), *options])
    draw(seconds, megabytes)


def make_film(path: Path) -> None:
    """Lets a photograph of blood cells pass by."""
    photograph = read_image(open_dataset("sample:bccd", "val").truth(0).origin.path)
    scene = cv2.resize(photograph, SIZE[::-1], interpolation=cv2.INTER_CUBIC)
    with av.open(str(path), "w") as film:
        stream = film.add_stream("mpeg4", rate=Fraction(RATE))
        stream.height, stream.width, stream.pix_fmt, stream.bit_rate = *SIZE, "yuv420p", 8_000_000
        for number in range(SECONDS * RATE):
            frame = av.VideoFrame.from_ndarray(np.roll(scene, 4 * number, axis=1), format="rgb24")
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))


def watched(command: list[str]) -> tuple[list[float], list[float]]:
    """Runs a command, and gives times in seconds and the memory at each in MB."""
    seconds, megabytes, start = [], [], time.monotonic()
    with subprocess.Popen(command) as process:
        while process.poll() is None:
            seconds.append(time.monotonic() - start)
            megabytes.append(sum(resident(each) for each in [process.pid, *children(process.pid)]) / 1e6)
            time.sleep(EVERY)
    assert process.returncode == 0
    return seconds, megabytes


def children(process: int) -> list[int]:
    """Gives the processes that a process has started, and theirs."""
    try:
        found = [
            int(each)
            for task in Path(f"/proc/{process}/task").iterdir()
            for each in (task / "children").read_text().split()
        ]
    except OSError:  # it has ended
        return []
    return [*found, *(each for child in found for each in children(child))]


def resident(process: int) -> int:
    """Gives the bytes of memory that a process holds."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * 4096


def draw(seconds: list[float], megabytes: list[float]) -> None:
    """Draws memory over time."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(seconds, megabytes, color="#0072B2")
    axes.set(xlabel="seconds since the start", ylabel="resident memory, MB", xlim=(0, None), ylim=(0, None))
    axes.set_title(f"predict on {SECONDS * RATE:,} frames of {SIZE[1]} × {SIZE[0]}, yolov8n at {CANVAS}")
    axes.grid(alpha=0.3)
    figure.savefig(PICTURE, dpi=110)
    middle, end = (sorted(megabytes[len(megabytes) // part :])[-1] for part in (4, 2))
    print(f"{len(seconds)} looks; most {max(megabytes):.0f} MB; from a quarter on {middle:.0f}, from half on {end:.0f}")


if __name__ == "__main__":
    main()
