from pathlib import Path

import numpy as np
import pytest

from boxwright.data.faults import FaultList
from boxwright.data.formats.yolo import reader as module
from boxwright.data.formats.yolo.plain_boxes import plain_boxes
from boxwright.data.formats.yolo.reader import read_yolo
from boxwright.data.reading_limits import ReadingLimits

COLUMNS = ("paths", "image_ids", "sizes", "offsets", "boxes", "labels", "ignore", "areas", "references")
NAMES = {0: "a", 4: "b"}
PLAIN = ["0 0.5 0.5 0.25 0.25\n4 0.1 0.2 0.1 0.3", "", "4.0 .5 5e-1 1 1\r\n", "\t0 0.5  0.5 0.0625 0.125 "]
ODD = [
    "\n0 0.5 0.5 0.2 0.2",
    "0 0.5 0.5 0.2",
    "0 0.5 0.5 0.2 0.2 0.9",
    "0 0,5 0,5 0,2 0,2",
    "1 0.5 0.5 0.2 0.2",
    "0.5 0.5 0.5 0.2 0.2",
    "a 0.5 0.5 0.2 0.2",
    "0 nan 0.5 0.2 0.2",
    "0 0.5 0.5 0 0.2",
    "0 0.5 0.5 -0.2 0.2",
    "0 0.05 0.5 0.2 0.2",
    "0 0.0999 0.5 0.2 0.2",
    "0 1.005 0.5 0.2 0.2",
    "0 0.5 0.5 1.005 0.2",
    "0 50 50 20 20",
    "0 0.1 0.1 0.5 0.1 0.5 0.5",
    "0 0.5 0.5 1e-320 0.2",
    "1e999 0.5 0.5 0.2 0.2",
]


@pytest.mark.parametrize("text", PLAIN)
def test_plain_files_take_the_quick_way(text: str) -> None:
    assert plain_boxes(text, (48, 64), {0: 0, 4: 1}) is not None


@pytest.mark.parametrize("demand", ["none", "required"])
def test_files_are_read_as_line_by_line(demand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    edges = [f"0 {x / 6:.6f} {y / 6:.6f} {x / 3:.6f} {y / 3:.6f}" for x, y in rng.integers(1, 4, (20, 2))]
    drawn = ["\n".join(f"4 {' '.join(f'{each:.6f}' for each in row)}" for row in rng.uniform(0.3, 0.6, (9, 4)))]
    texts = [*PLAIN, *ODD, *(f"{PLAIN[0]}\n{odd}" for odd in ODD), *edges, *drawn]
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.txt").write_text(text)
    images = [f"{number}.jpg" for number in (*range(len(texts)), 0, len(texts) - 1, 5)]
    monkeypatch.setattr(module, "_size_of", lambda *_: (48, 64))
    monkeypatch.chdir(tmp_path)

    def read() -> tuple[object, FaultList]:
        faults = FaultList("x")
        limits = ReadingLimits(masks=demand)
        return read_yolo(images, lambda image: image.replace("jpg", "txt"), NAMES, faults, limits).table, faults

    fast, faults = read()
    monkeypatch.setattr(module, "plain_boxes", lambda *_: None)
    slow, others = read()
    for column in COLUMNS:
        one, other = getattr(fast, column), getattr(slow, column)
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)
    assert faults.faults == others.faults
