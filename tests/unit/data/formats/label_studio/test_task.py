import json
from pathlib import Path
from typing import Any

import pytest

from boxwright.data.formats.label_studio.task import Task, read_tasks
from boxwright.errors import DataError

VALUE = {"x": 1, "y": 2, "width": 3, "height": 4, "rotation": 0, "rectanglelabels": ["cat"]}
RESULT = {"type": "rectanglelabels", "value": VALUE, "original_width": 60, "original_height": 40}


def _read(folder: Path, content: Any) -> list[Task]:
    (folder / "a.json").write_text(json.dumps(content))
    return read_tasks(folder / "a.json")


def test_the_first_annotation_that_was_not_cancelled(tmp_path: Path) -> None:
    sets = [{"was_cancelled": True, "result": []}, {"result": [RESULT]}, {"result": []}]
    (task,) = _read(tmp_path, [{"id": 1, "data": {"image": "a.jpg"}, "annotations": sets, "predictions": [{}]}])
    assert task == Task(1, "a.jpg", [RESULT], 2)


def test_the_short_form_is_the_long_one(tmp_path: Path) -> None:
    short = {**VALUE, "original_width": 60, "original_height": 40}
    (task,) = _read(tmp_path, [{"picture": "/data/a.jpg", "id": 1, "label": [short], "annotator": 1}])
    assert (task.image, task.results[0]["value"]["x"], task.results[0]["type"]) == ("/data/a.jpg", 1, "rectanglelabels")
    assert task.results[0]["original_width"] == 60


def test_a_task_that_nobody_did(tmp_path: Path) -> None:
    (task,) = _read(tmp_path, [{"data": {"note": "x", "url": "http://x/b.PNG?a=1"}, "annotations": []}])
    assert (task.image, task.results) == ("http://x/b.PNG?a=1", [])


@pytest.mark.parametrize(
    ("image", "path", "others"),
    [
        ("/data/upload/7/0a1b2c3d-my-cat.jpg", "data/upload/7/0a1b2c3d-my-cat.jpg", ["my-cat.jpg"]),
        ("/data/local-files/?d=photos/a%20b.jpg", "photos/a b.jpg", []),
        ("s3://bucket/photos/a.jpg", "photos/a.jpg", []),
        ("https://x.org/p/a.jpg?token=1", "p/a.jpg", []),
        ("images/a.jpg", "images/a.jpg", []),
    ],
)
def test_names_of_images(image: str, path: str, others: list[str]) -> None:
    assert Task(1, image, [], 0).image_names() == (path, others)


def test_what_is_no_list(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no list of tasks"):
        _read(tmp_path, {})
    assert _read(tmp_path, [1, None]) == []
