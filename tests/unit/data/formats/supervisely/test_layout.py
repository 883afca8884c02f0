import json
from pathlib import Path
from typing import Any

import pytest

from boxwright.data.formats.layout import LayoutNotFoundError
from boxwright.data.formats.supervisely.layout import read_supervisely_folder
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError

LIMITS = ReadingLimits()
META = {
    "classes": [
        {"title": "dog", "shape": "any", "color": "#FF0000"},
        {"title": "cat", "shape": "rectangle", "color": "#00FF00"},
        {"title": "way", "shape": "line", "color": "#0000FF"},
    ],
    "tags": [],
    "projectType": "images",
}


def _write(root: Path, dataset: str, name: str) -> None:
    points = {"exterior": [[1, 2], [11, 12]], "interior": []}
    entry = {"id": 1, "classTitle": "cat", "geometryType": "rectangle", "tags": [], "points": points}
    content = {"description": "", "tags": [], "size": {"height": 40, "width": 60}, "objects": [entry]}
    file = root / dataset / "ann" / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))
    (root / "meta.json").write_text(json.dumps(META))


@pytest.mark.parametrize(
    ("train", "val"), [("train", "val"), ("My Train 1", "validation"), ("outer/train", "outer/val")]
)
def test_datasets_that_are_parts(tmp_path: Path, save_picture: Any, objects: Any, train: str, val: str) -> None:
    for dataset in (train, val):
        save_picture(f"{dataset}/img/a.jpg")
        _write(tmp_path, dataset, "a.jpg")
    for split in ("train", "val"):
        reading = read_supervisely_folder(tmp_path, split, LIMITS)  # type: ignore[arg-type]
        assert objects(reading) == [("a.jpg", "cat", [1, 2, 11, 12])]
        assert reading.categories == ("dog", "cat")
        assert reading.faults.faults == []


@pytest.mark.parametrize("datasets", [["."], ["ds0"], ["ds0", "ds1"]])
def test_other_datasets_are_the_whole(tmp_path: Path, save_picture: Any, datasets: list[str]) -> None:
    for dataset in datasets:
        save_picture(f"{dataset}/img/a.jpg")
        _write(tmp_path, dataset, "a.jpg")
    reading = read_supervisely_folder(tmp_path, "whole", LIMITS)
    assert len(reading.table) == len(datasets)
    assert len(set(reading.table.paths.tolist())) == len(datasets)
    with pytest.raises(LayoutNotFoundError):
        read_supervisely_folder(tmp_path, "train", LIMITS)


@pytest.mark.parametrize("meta", ["", "{}", '{"classes": {}}', "[]"])
def test_other_folders(tmp_path: Path, meta: str) -> None:
    (tmp_path / "meta.json").write_text(meta)
    with pytest.raises(LayoutNotFoundError):
        read_supervisely_folder(tmp_path, "whole", LIMITS)


@pytest.mark.parametrize(
    "classes", [[], [{"title": "a"}, {"title": "a"}], [{"shape": "any"}], [{"title": "a", "shape": "line"}]]
)
def test_classes_that_are_not_usable(tmp_path: Path, save_picture: Any, classes: Any) -> None:
    save_picture("ds/img/a.jpg")
    _write(tmp_path, "ds", "a.jpg")
    (tmp_path / "meta.json").write_text(json.dumps({"classes": classes}))
    with pytest.raises(DataError, match="'title'"):
        read_supervisely_folder(tmp_path, "whole", LIMITS)
