import json
from pathlib import Path
from typing import Any

import pytest

from boxwright.data.formats.labelme.layout import is_labelme, read_labelme_folder
from boxwright.data.formats.layout import LayoutNotFoundError
from boxwright.data.reading_limits import ReadingLimits


def _write(root: Path, file: str, image: str, label: str) -> None:
    shape = {"label": label, "points": [[1, 2], [11, 12]], "shape_type": "rectangle", "group_id": None, "flags": {}}
    content = {"version": "5.2.1", "flags": {}, "shapes": [shape], "imagePath": image, "imageData": None}
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(json.dumps({**content, "imageHeight": 40, "imageWidth": 60}))


def _read(root: Path, split: Any) -> Any:
    return read_labelme_folder(root, split, ReadingLimits())


@pytest.mark.parametrize(
    ("annotations", "images"),
    [("{split}", "{split}"), ("{split}/labels", "{split}/images"), ("labels/{split}", "images/{split}")],
)
def test_parts(tmp_path: Path, save_picture: Any, objects: Any, annotations: str, images: str) -> None:
    for split, label in (("train", "dog"), ("val", "cat")):
        save_picture(f"{images.format(split=split)}/{split}.jpg")
        _write(tmp_path, f"{annotations.format(split=split)}/{split}.json", f"{split}.jpg", label)
    for split, label in (("train", "dog"), ("val", "cat")):
        reading = _read(tmp_path, split)
        assert reading.categories == ("cat", "dog")
        assert objects(reading) == [(f"{split}.jpg", label, [1, 2, 11, 12])]
        assert reading.faults.faults == []
    with pytest.raises(LayoutNotFoundError):
        _read(tmp_path, "whole")


@pytest.mark.parametrize(("annotations", "images"), [(".", "."), ("annotations", "images"), ("cats", "cats")])
def test_the_whole(tmp_path: Path, save_picture: Any, objects: Any, annotations: str, images: str) -> None:
    save_picture(f"{images}/a.jpg")
    _write(tmp_path, f"{annotations}/a.json", "a.jpg", "cat")
    assert objects(_read(tmp_path, "whole")) == [("a.jpg", "cat", [1, 2, 11, 12])]
    with pytest.raises(LayoutNotFoundError, match="LabelMe"):
        _read(tmp_path, "train")


def test_folders_of_batches_are_read_together(tmp_path: Path, save_picture: Any) -> None:
    for name in ("first", "second"):
        save_picture(f"{name}/{name}.jpg")
        _write(tmp_path, f"{name}/{name}.json", f"{name}.jpg", name)
    assert _read(tmp_path, "whole").categories == ("first", "second")


@pytest.mark.parametrize("content", ["{}", '{"lr": 1}', "[]", '{"images": [], "annotations": []}', "x"])
def test_other_json_is_not_claimed(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)
    assert not is_labelme(tmp_path / "a.json")
    with pytest.raises(LayoutNotFoundError):
        _read(tmp_path, "whole")


def test_a_file_that_begins_with_its_picture_is_claimed(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"imageData": "A" * 2**20, "shapes": []}))
    assert is_labelme(tmp_path / "a.json")
