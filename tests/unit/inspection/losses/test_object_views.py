"""Reading the log of objects: files, folders, runs, both formats, and what is wrong with them."""

from pathlib import Path
from typing import Any

import pytest

from boxwright.errors import DataError
from boxwright.inspection.losses.object_views import SeenObject, read_object_views
from boxwright.run_files.object_files import OBJECT_COLUMNS, ObjectFormat, open_object_file


def _columns(epoch: int, places: list[tuple[int, int]], box_losses: list[float]) -> dict[str, list[Any]]:
    values = {
        "epoch": epoch, "step": 1, "image_id": 70, "image": "a, b.png", "label": 1, "category": "cell",
        "x1": 1.0, "y1": 2.0, "x2": 3.5, "y2": 4.0, "positives": 2, "quality": 1.5,
    }  # fmt: skip
    columns: dict[str, list[Any]] = {name: [values.get(name)] * len(places) for name in OBJECT_COLUMNS}
    columns["position"], columns["row"] = [place[0] for place in places], [place[1] for place in places]
    return columns | {"loss_box": box_losses, "loss_class": [0.5] * len(places)}


def _write(folder: Path, kind: ObjectFormat = "csv", rank: int = 0) -> None:
    file = open_object_file(folder, rank, kind)
    file.add(_columns(1, [(4, 0), (4, 1)], [1.0, 2.0]))
    file.add(_columns(1, [(9, 0)], [3.0]))
    file.finish()
    file.add(_columns(2, [(4, 1)], [4.0]))
    file.finish()


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("name", ["", "objects"])
def test_a_run_and_its_folder_are_read(tmp_path: Path, kind: ObjectFormat, name: str) -> None:
    (tmp_path / "metrics.csv").write_text("epoch,box\n1,2\n")
    _write(tmp_path / "objects", kind)
    views = read_object_views(tmp_path / name)
    assert [(each.position, each.row) for each in views.objects] == [(4, 0), (4, 1), (9, 0)]
    assert views.objects[1] == SeenObject(70, "a, b.png", 4, 1, 1, "cell", (1.0, 2.0, 3.5, 4.0))
    assert views.index.tolist() == [0, 1, 2, 1]
    assert views.epoch.tolist() == [1, 1, 1, 2]
    assert views.positives.tolist() == [2] * 4
    assert views.quality.tolist() == [1.5] * 4
    assert {key: values.tolist() for key, values in views.losses.items()} == {"box": [1, 2, 3, 4], "class": [0.5] * 4}


def test_one_file_is_read(tmp_path: Path) -> None:
    _write(tmp_path)
    assert len(read_object_views(tmp_path / "0.csv").index) == 4


def test_the_files_of_all_processes_are_read(tmp_path: Path) -> None:
    _write(tmp_path, rank=0)
    _write(tmp_path, rank=1)
    views = read_object_views(tmp_path)
    assert len(views.index) == 8
    assert len(views.objects) == 3


def test_a_row_that_was_cut_short_is_left_out(tmp_path: Path) -> None:
    _write(tmp_path)
    whole = (tmp_path / "0.csv").read_text()
    (tmp_path / "0.csv").write_text(whole + whole.splitlines()[-1])  # a whole row, but for its end
    assert len(read_object_views(tmp_path).index) == 4


def test_no_log_says_how_to_make_one(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "not there"):
        with pytest.raises(DataError, match=r"holds no log of objects\. Train with --log_objects csv"):
            read_object_views(path)


def test_another_table_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("epoch,box\n1,2\n")
    with pytest.raises(DataError, match=r"has no column step, image_id, .* it is no log of objects"):
        read_object_views(tmp_path / "metrics.csv")


def test_files_with_different_columns_are_not_mixed(tmp_path: Path) -> None:
    _write(tmp_path)
    (tmp_path / "1.csv").write_text((tmp_path / "0.csv").read_text().replace("loss_class", "loss_mask"))
    with pytest.raises(DataError, match="files with different columns"):
        read_object_views(tmp_path)


def test_a_log_without_rows_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "0.csv").write_text(",".join(OBJECT_COLUMNS) + "\n")
    with pytest.raises(DataError, match="has no rows"):
        read_object_views(tmp_path)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_names_that_look_like_formulas_come_back(tmp_path: Path, kind: ObjectFormat) -> None:
    file = open_object_file(tmp_path, 0, kind)
    file.add(_columns(1, [(0, 0)], [-1.0]) | {"image": ["-1.png"], "category": ["=cmd()"]})
    file.finish()
    if kind == "csv":
        assert '"\'-1.png"' in (tmp_path / "0.csv").read_text()
    (seen,) = read_object_views(tmp_path).objects
    assert (seen.image, seen.category) == ("-1.png", "=cmd()")
