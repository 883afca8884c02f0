import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

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
    assert {fault.code for fault in verdict.faults if fault.severity == "error"} == {"image-too-large", "orphans"}


def test_masks_are_checked_where_they_are_asked_for(write_coco, document: dict[str, Any]) -> None:
    for entry in document["annotations"]:
        x, y, width, height = entry["bbox"]
        entry["segmentation"] = [[x, y, x + width, y, x + width, y + height, x, y + height]]
    document["annotations"][0]["segmentation"] = [[1, 1, 2, 2]]
    root = write_coco(document).parents[1]
    (fault,) = [fault for fault in verify(root, masks=True).faults if fault.severity == "error"]
    assert (fault.code, fault.where) == ("polygon-short", "annotation 1")
    assert json.dumps(fault.as_dict())
    (note,) = [fault for fault in verify(root).faults if "mask" in fault.code]
    assert (note.code, note.severity, note.where) == ("mask-unused", "note", "annotation 1")
    assert "a ring has 2 points" in note.message


@pytest.mark.parametrize("segmentation", [[[]], [], None, "nonsense", {"size": [1, 1], "counts": [1]}])
def test_what_a_box_training_uses_is_no_error(write_coco, document: dict[str, Any], segmentation: Any) -> None:
    for entry in document["annotations"]:
        entry |= {"segmentation": segmentation, "iscrowd": 0}
    root = write_coco(document).parents[1]
    verdict = verify(root)
    assert verdict.counts["error"] == 0
    assert len(verdict.statistics["train"].labels) == 3
    errors = [fault for fault in verify(root, masks=True).faults if fault.severity == "error"]
    assert errors[0].code == "masks-absent"
    assert len(errors) == (4 if segmentation else 1), "one for all, and for each object whose mask is faulty"


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


def _noise(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (40, 60, 3), dtype=np.uint8)).save(path)


def test_an_image_that_is_listed_again_is_no_duplicate_and_its_faults_come_once(tmp_path: Path) -> None:
    for number, name in enumerate(("train/a b.png", "train/c.png", "val/d.png")):
        _noise(tmp_path / "images" / name, number)
        label = (tmp_path / "labels" / name).with_suffix(".txt")
        label.parent.mkdir(parents=True, exist_ok=True)
        label.write_text("0 0.5 0.5 0.2 0.2\n" * 2)
    (tmp_path / "list.txt").write_text("images/train/a b.png\n" * 4 + "images/train/c.png\n")
    (tmp_path / "data.yaml").write_text("train: list.txt\nval: images/val\nnames: [cat]\n")
    verdict = verify(tmp_path)
    codes = sorted(fault.code for fault in verdict.faults)
    assert codes == ["box-double"] * 3 + ["listed-again", "odd-name"]
    assert verdict.statistics["train"].to_dict()["images"] == 5
    assert verdict.statistics["train"].to_dict()["objects"] == 10


def test_one_file_under_several_ids_is_a_duplicate(many_images: Path) -> None:
    path = many_images / "annotations/instances_train.json"
    document = json.loads(path.read_text())
    document["images"].append({**document["images"][0], "id": 999})
    path.write_text(json.dumps(document))
    assert "duplicate-image" in {fault.code for fault in verify(many_images).faults}


def test_images_beside_the_listed_ones_are_a_note(many_images: Path) -> None:
    _noise(many_images / "images/more.png", 5)
    (fault,) = [fault for fault in verify(many_images).faults if fault.code == "image-unlisted"]
    assert (fault.severity, fault.message) == ("note", "1 image in no part: more.png")


def test_images_of_two_parts_that_share_a_label_file(tmp_path: Path) -> None:
    for number, name in enumerate(("train/a", "train/b", "val/a")):
        _noise(tmp_path / f"{name}.png", number)
    (tmp_path / "labels").mkdir()
    for name in "ab":
        (tmp_path / f"labels/{name}.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    (tmp_path / "data.yaml").write_text("train: train\nval: val\nnames: [cat]\n")
    (fault,) = [fault for fault in verify(tmp_path).faults if fault.severity != "note"]
    assert (fault.code, fault.file) == ("shared-labels", str(tmp_path / "val/a.png"))
    assert "labels/a.txt is that of" in fault.message


def test_data_without_parts_are_one_error_that_names_the_way_out(many_images: Path) -> None:
    (many_images / "annotations/instances_train.json").rename(many_images / "annotations/instances_default.json")
    (fault,) = verify(many_images).faults
    assert (fault.code, fault.message) == ("undivided", "has 11 images in no parts")
    assert "--val 0.2" in fault.cure
    verdict = verify(many_images, val=0.3)
    assert "undivided" not in {each.code for each in verdict.faults}
    assert set(verdict.statistics) == {"train", "val"}


def test_a_part_with_fewer_classes_is_an_error_with_a_sheet(many_images: Path, tmp_path: Path) -> None:
    file = many_images / "annotations/instances_train.json"
    document = json.loads(file.read_text())
    document["categories"].append({"id": 99, "name": "another"})
    (many_images / "annotations/instances_val.json").write_text(json.dumps(document))
    verdict = verify(many_images, sheet=tmp_path / "sheet.png")
    assert (verdict.exit_code, "other-classes" in {fault.code for fault in verdict.faults}) == (2, True)
    assert (tmp_path / "sheet.png").is_file()


def _no_image_is_there(root: Path) -> None:
    for image in (root / "images").iterdir():
        image.unlink()


def _a_path_is_not_there(root: Path) -> None:
    (root / "annotations/instances_train.json").unlink()
    (root / "data.yaml").write_text("train: nowhere\nnames: [cat]\n")


def _nothing_is_known(root: Path) -> None:
    (root / "annotations/instances_train.json").unlink()


def _yaml_is_broken(root: Path) -> None:
    (root / "annotations/instances_train.json").unlink()
    (root / "data.yaml").write_text("train:\tnowhere\nnames: [cat]\n")


@pytest.mark.parametrize(
    ("spoil", "cure"),
    [
        (_no_image_is_there, "Move the images into one of these folders"),
        (_a_path_is_not_there, "Correct the path in the file"),
        (_nothing_is_known, "Put the annotations there"),
        (_yaml_is_broken, "Write spaces for the tabs"),
    ],
)
def test_messages_of_several_lines_are_one_line_with_their_own_cure(
    many_images: Path, spoil: Callable[[Path], None], cure: str
) -> None:
    spoil(many_images)
    fault = next(fault for fault in verify(many_images).faults if fault.where == "train")
    assert "\n" not in fault.message + fault.cure
    assert "  - " not in fault.message
    assert fault.cure.startswith(cure)
