from pathlib import Path
from typing import Any

import pytest

from boxwright.data.formats.cvat.layout import read_cvat_file, read_cvat_folder
from boxwright.data.formats.layout import LayoutNotFoundError, OtherFormatError
from boxwright.data.reading_limits import ReadingLimits

LIMITS = ReadingLimits()


def _write(file: Path, image: str, subset: str = "", label: str = "cat") -> None:
    box = f'<box label="{label}" xtl="1" ytl="2" xbr="11" ybr="12"/>'
    file.parent.mkdir(parents=True, exist_ok=True)
    entry = f'<image id="0" name="{image}" {subset} width="60" height="40">{box}</image>'
    file.write_text(f"<?xml version='1.0'?><annotations><version>1.1</version>{entry}</annotations>")


def test_the_export_of_a_task(tmp_path: Path, save_picture: Any, objects: Any) -> None:
    save_picture("images/a.jpg")
    _write(tmp_path / "annotations.xml", "a.jpg")
    for reading in (
        read_cvat_folder(tmp_path, "whole", LIMITS),
        read_cvat_file(tmp_path / "annotations.xml", "whole", LIMITS),
    ):
        assert objects(reading) == [("a.jpg", "cat", [1, 2, 11, 12])]
    for split in ("train", "val"):
        with pytest.raises(LayoutNotFoundError):
            read_cvat_folder(tmp_path, split, LIMITS)


@pytest.mark.parametrize("form", ["{}/annotations.xml", "{}.xml", "annotations/{}.xml", "annotations/{}/task.xml"])
def test_parts_in_folders_and_files(tmp_path: Path, save_picture: Any, objects: Any, form: str) -> None:
    for split in ("train", "val"):
        save_picture(f"{split}/images/{split}.jpg" if form.startswith("{}/") else f"images/{split}.jpg")
        _write(tmp_path / form.format(split), f"{split}.jpg", label=f"in {split}")
    for split in ("train", "val"):
        reading = read_cvat_folder(tmp_path, split, LIMITS)  # type: ignore[arg-type]
        assert objects(reading) == [(f"{split}.jpg", f"in {split}", [1, 2, 11, 12])]
        assert reading.categories == ("in train", "in val")


def test_the_export_of_a_project(tmp_path: Path, save_picture: Any) -> None:
    save_picture("images/Train/a.jpg")
    _write(tmp_path / "annotations.xml", "a.jpg", 'subset="Train"')
    assert len(read_cvat_folder(tmp_path, "train", LIMITS).table) == 1
    with pytest.raises(LayoutNotFoundError, match="'val'"):
        read_cvat_folder(tmp_path, "val", LIMITS)


@pytest.mark.parametrize("text", ["<annotation/>", "{}", ""])
def test_other_files(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(OtherFormatError):
        read_cvat_file(tmp_path / "a.xml", "whole", LIMITS)
    with pytest.raises(LayoutNotFoundError):
        read_cvat_folder(tmp_path, "whole", LIMITS)
