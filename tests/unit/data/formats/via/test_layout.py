import json
from pathlib import Path
from typing import Any

import pytest

from boxwright.data.formats.layout import LayoutNotFoundError, OtherFormatError
from boxwright.data.formats.via.document import CSV_HEADER
from boxwright.data.formats.via.layout import is_via, read_via_file, read_via_folder
from boxwright.data.reading_limits import ReadingLimits

LIMITS = ReadingLimits()


def _write(file: Path, image: str, label: str, *, project: bool = False) -> None:
    shape = {"name": "rect", "x": 1, "y": 2, "width": 10, "height": 10}
    region = {"shape_attributes": shape, "region_attributes": {"class": label}}
    entries = {f"{image}9": {"filename": image, "size": 9, "regions": [region], "file_attributes": {}}}
    content = {"_via_settings": {"ui": {"a": 1}}, "_via_img_metadata": entries, "_via_attributes": {}}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content if project else entries))


@pytest.mark.parametrize("project", [True, False])
@pytest.mark.parametrize("form", ["{}/via_region_data.json", "via_{}.json", "annotations/{}.json"])
def test_parts(tmp_path: Path, save_picture: Any, objects: Any, form: str, project: bool) -> None:
    for split in ("train", "val"):
        save_picture(f"{split}/{split}.jpg")
        _write(tmp_path / form.format(split), f"{split}/{split}.jpg", split, project=project)
    for split in ("train", "val"):
        reading = read_via_folder(tmp_path, split, LIMITS)  # type: ignore[arg-type]
        assert objects(reading) == [(f"{split}.jpg", split, [1, 2, 11, 12])]
        assert reading.categories == ("train", "val")
    with pytest.raises(LayoutNotFoundError):
        read_via_folder(tmp_path, "whole", LIMITS)


@pytest.mark.parametrize("images", [".", "images"])
def test_the_whole(tmp_path: Path, save_picture: Any, objects: Any, images: str) -> None:
    save_picture(f"{images}/a.jpg")
    _write(tmp_path / "project.json", "a.jpg", "cat", project=True)
    expected = [("a.jpg", "cat", [1, 2, 11, 12])]
    assert objects(read_via_folder(tmp_path, "whole", LIMITS)) == expected
    assert objects(read_via_file(tmp_path / "project.json", "whole", LIMITS)) == expected
    with pytest.raises(LayoutNotFoundError):
        read_via_folder(tmp_path, "train", LIMITS)
    with pytest.raises(LayoutNotFoundError):
        read_via_file(tmp_path / "project.json", "train", LIMITS)


def test_csv_is_known(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"\ufeff{CSV_HEADER}\n")
    assert is_via(tmp_path / "a.csv")


@pytest.mark.parametrize(("name", "text"), [("a.json", '{"a": {"filename": 1}}'), ("a.json", "[]"), ("a.csv", "a,b")])
def test_other_files(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(OtherFormatError):
        read_via_file(tmp_path / name, "whole", LIMITS)
    with pytest.raises(LayoutNotFoundError):
        read_via_folder(tmp_path, "whole", LIMITS)
