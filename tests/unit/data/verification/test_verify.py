import json
from pathlib import Path
from typing import Any

import pytest

from boxwright.data.images import view_features
from boxwright.data.verification import verify
from boxwright.errors import ConfigError


def test_the_bundled_sample_is_clean_but_for_cells_seen_twice(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    sheet = tmp_path / "sheet.png"
    verdict = verify("sample:bccd", canvas=320, sheet=sheet, progress=lambda *seen: told.append(seen))
    assert verdict.counts["error"] == 0
    assert {fault.code for fault in verdict.faults} <= {"shared-view", "similar-view"}
    assert told == [*(("train", n, 60) for n in range(1, 61)), *(("val", n, 20) for n in range(1, 21))]
    assert sheet.stat().st_size > 10_000
    assert verdict.statistics["train"].canvas_size == (320, 320)


def test_what_cannot_be_read_at_all_is_one_error(tmp_path: Path) -> None:
    verdict = verify(tmp_path / "nowhere", sheet=tmp_path / "sheet.png")
    (fault,) = verdict.faults
    assert (fault.code, verdict.exit_code) == ("unreadable-annotations", 2)
    assert "There is no" in fault.message
    assert "Give a data folder" in fault.cure
    assert not (tmp_path / "sheet.png").exists()


def test_an_unknown_sample_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigError, match="bccd"):
        verify("sample:bcd")


def test_a_missing_part_is_a_warning(many_images: Path) -> None:
    verdict = verify(many_images)
    assert [(fault.code, fault.severity) for fault in verdict.faults if fault.code == "missing-part"] == [
        ("missing-part", "warning")
    ]
    assert list(verdict.statistics) == ["train"]


def test_unreadable_annotations_of_one_part_do_not_hide_the_other(many_images: Path) -> None:
    (many_images / "annotations/instances_val.json").write_text("{")
    verdict = verify(many_images)
    assert list(verdict.statistics) == ["train"]
    (fault,) = [fault for fault in verdict.faults if fault.severity == "error"]
    assert (fault.code, fault.where) == ("unreadable-annotations", "val")
    assert "JSON" in fault.message


def test_statistics_are_of_what_is_usable(many_images: Path) -> None:
    before = verify(many_images).statistics["train"]
    (many_images / "images/3.png").write_bytes(b"")
    after = verify(many_images).statistics["train"]
    assert len(after.image_sizes) == len(before.image_sizes) - 1


def test_limits_reach_the_images(many_images: Path) -> None:
    verdict = verify(many_images, max_pixels=1)
    assert {fault.code for fault in verdict.faults if fault.severity == "error"} == {"image-too-large"}


def test_masks_are_checked(write_coco, document: dict[str, Any]) -> None:
    document["annotations"][0]["segmentation"] = [[1, 1, 2, 2]]
    root = write_coco(document).parents[1]
    (fault,) = [fault for fault in verify(root).faults if fault.severity == "error"]
    assert (fault.code, fault.where) == ("polygon-short", "annotation 1")
    assert json.dumps(fault.as_dict())


def test_a_large_data_set_says_that_views_are_not_compared(many_images: Path, monkeypatch) -> None:
    monkeypatch.setattr(view_features, "_OF_ALL", 300)
    codes = [fault.code for fault in verify(many_images).faults]
    assert codes.count("views-not-compared") == 1


def test_a_file_that_is_there_stays(many_images: Path, tmp_path: Path) -> None:
    """Said before anything is read."""
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"photo")
    heard: list[object] = []
    with pytest.raises(ConfigError, match=r"^sheet: .*photo.png is there already"):
        verify(many_images, sheet=photo, progress=lambda *told: heard.append(told))
    with pytest.raises(ConfigError, match=r"sheet.gif: cannot draw a figure as '.gif'"):
        verify(many_images, sheet=tmp_path / "sheet.gif", progress=lambda *told: heard.append(told))
    assert photo.read_bytes() == b"photo"
    assert not heard
