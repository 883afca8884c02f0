import json
from pathlib import Path
from typing import Any

import pytest

from boxwright.data.formats.label_studio.layout import read_label_studio_file, read_label_studio_folder
from boxwright.data.formats.layout import LayoutNotFoundError, OtherFormatError
from boxwright.data.reading_limits import ReadingLimits

LIMITS = ReadingLimits()


def _write(file: Path, image: str, label: str, *, short: bool = False) -> None:
    value = {"x": 10, "y": 10, "width": 50, "height": 50, "rotation": 0, "rectanglelabels": [label]}
    size = {"original_width": 60, "original_height": 40}
    if short:
        task: Any = {"image": image, "id": 1, "label": [{**value, **size}], "annotator": 1, "annotation_id": 1}
    else:
        result = [{"type": "rectanglelabels", "value": value, **size}]
        task = {"id": 1, "annotations": [{"id": 1, "result": result}], "data": {"image": image}, "predictions": []}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([task]))


@pytest.mark.parametrize("short", [True, False])
@pytest.mark.parametrize("images", [".", "images"])
def test_the_whole(tmp_path: Path, save_picture: Any, objects: Any, images: str, short: bool) -> None:
    save_picture(f"{images}/a.jpg")
    file = tmp_path / "project-1-at-2026-01-01.json"
    _write(file, "/data/upload/1/0a1b2c3d-a.jpg", "cat", short=short)
    expected = [("a.jpg", "cat", [6, 4, 36, 24])]
    assert objects(read_label_studio_folder(tmp_path, "whole", LIMITS)) == expected
    assert objects(read_label_studio_file(file, "whole", LIMITS)) == expected
    with pytest.raises(LayoutNotFoundError):
        read_label_studio_folder(tmp_path, "train", LIMITS)
    with pytest.raises(LayoutNotFoundError):
        read_label_studio_file(file, "val", LIMITS)


@pytest.mark.parametrize("form", ["{}/export.json", "{}.json", "annotations/{}.json"])
def test_parts(tmp_path: Path, save_picture: Any, objects: Any, form: str) -> None:
    for split in ("train", "val"):
        save_picture(f"images/{split}.jpg")
        _write(tmp_path / form.format(split), f"{split}.jpg", split)
    for split in ("train", "val"):
        reading = read_label_studio_folder(tmp_path, split, LIMITS)  # type: ignore[arg-type]
        assert objects(reading) == [(f"{split}.jpg", split, [6, 4, 36, 24])]
        assert reading.categories == ("train", "val")


@pytest.mark.parametrize("content", [[], {}, [{"image_id": 1, "bbox": [], "score": 1}], [1]])
def test_other_files(tmp_path: Path, content: Any) -> None:
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises(OtherFormatError):
        read_label_studio_file(tmp_path / "a.json", "whole", LIMITS)
    with pytest.raises(LayoutNotFoundError):
        read_label_studio_folder(tmp_path, "whole", LIMITS)
