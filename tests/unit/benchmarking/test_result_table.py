"""Measured models as text and as CSV."""

import csv
import math
from pathlib import Path

from boxwright.benchmarking.result_table import HEAD, result_table, write_results
from tests.unit.benchmarking.rows import row


def test_a_line_per_model_with_a_dash_for_what_there_is_not() -> None:
    head, first, second = result_table([row(), row(model="b.onnx", ap=math.nan, postprocessing=None)]).splitlines()
    assert head.split()[:5] == ["model", "format", "canvas", "AP", "AP50"]
    assert "mask AP" not in head
    numbers = ["0.2500", "0.5000", "12.5", "2.0", "10.0", "0.5", "300", "6.2"]
    assert first.split() == ["runs/train", "boxwright", "64", "×", "96", *numbers]
    assert second.split()[5:] == ["-", "0.5000", "12.5", "2.0", "10.0", "-", "300", "6.2"]


def test_masks_have_a_column_where_a_model_has_some() -> None:
    head, first, second = result_table([row(), row(mask_ap=0.125)]).splitlines()
    assert "mask AP" in head
    assert first.split()[7] == "-"
    assert second.split()[7] == "0.1250"


def test_a_name_stays_on_its_line() -> None:
    assert len(result_table([row(model="a\nb")]).splitlines()) == 2


def test_the_file_has_every_number_and_nothing_where_there_is_none(tmp_path: Path) -> None:
    write_results([row(), row(model="=x", ap=math.nan, postprocessing=None, peak_memory=None)], tmp_path / "b.csv")
    with (tmp_path / "b.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert tuple(first) == HEAD
    assert (first["canvas_height"], first["canvas_width"], first["images"]) == ("64", "96", "3")
    assert (float(first["ap"]), float(first["ms_per_image"]), float(first["peak_memory_mb"])) == (0.25, 12.5, 300)
    assert second["model"] == "'=x"
    assert [second[name] for name in ("ap", "mask_ap", "postprocessing_ms", "peak_memory_mb")] == [""] * 4
