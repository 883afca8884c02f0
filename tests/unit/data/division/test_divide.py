import json
from pathlib import Path
from typing import Any

import pytest

from boxwright.data.division.divide import image_names, part_of, parts_of
from boxwright.data.faults import Fault
from boxwright.data.formats.coco.layout import read_coco_folder
from boxwright.data.formats.layout import PartNotFoundError
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import ConfigError, DataError


@pytest.fixture
def whole(many_images: Path) -> Reading:
    """11 images."""
    return read_coco_folder(many_images, "train", ReadingLimits(masks="kept"))


def _part(whole: Reading, root: Path, split: Any, val: Any = 0.3) -> Reading:
    return part_of(whole, split, root, val=val, seed=0, limits=ReadingLimits())


def test_the_parts_together_are_the_whole(whole: Reading, many_images: Path) -> None:
    train, val = (_part(whole, many_images, split) for split in ("train", "val"))
    assert len(train.table) + len(val.table) == 11
    assert len(val.table) in range(2, 6)
    found = {}
    for part in (train, val):
        assert (part.categories, part.category_ids) == (whole.categories, whole.category_ids)
        for position in range(len(part.table)):
            truth = part.table.truth(position)
            found[truth.origin.image_id] = truth
    for position in range(11):
        truth = whole.table.truth(position)
        same = found[truth.origin.image_id]
        assert same.origin == truth.origin
        assert same.boxes.equal(truth.boxes)
        assert same.labels.equal(truth.labels)


def test_names_are_relative_to_the_data(whole: Reading, many_images: Path) -> None:
    assert image_names(whole, many_images)[0] == "images/0.png"


@pytest.mark.parametrize("val", [-0.1, 1.5, float("nan")])
def test_a_share_that_is_none(whole: Reading, many_images: Path, val: Any) -> None:
    with pytest.raises(ConfigError, match="val is a share"):
        _part(whole, many_images, "val", val)


@pytest.mark.parametrize(("val", "split"), [(0, "val"), (1, "train")])
def test_a_share_that_leaves_nothing(whole: Reading, many_images: Path, val: float, split: Any) -> None:
    with pytest.raises(PartNotFoundError, match="nothing is left"):
        _part(whole, many_images, split, float(val))
    other = "train" if split == "val" else "val"
    assert len(_part(whole, many_images, other, float(val)).table) == 11


def test_a_file_says_which_image_is_where(whole: Reading, many_images: Path) -> None:
    names = image_names(whole, many_images)
    file = many_images / "split.json"
    file.write_text(json.dumps({"train": names[3:], "val": names[:3]}))
    assert image_names(_part(whole, many_images, "val", str(file)), many_images) == names[:3]
    assert whole.faults.faults == []
    file.write_text(json.dumps({"train": names[3:], "val": [*names[:3], "gone.png"]}))
    assert len(_part(whole, many_images, "val", file).table) == 3
    assert [fault.code for fault in whole.faults.faults] == ["split-absent"]
    file.write_text(json.dumps({"train": names[4:], "val": names[:3]}))
    with pytest.raises(DataError, match=r"nothing about 1 of the 11 images, such as 'images/3\.png'"):
        _part(whole, many_images, "val", file)


def test_a_fault_of_an_image_goes_with_it(whole: Reading, many_images: Path) -> None:
    parts = parts_of(whole, many_images, val=0.3, seed=0, limits=ReadingLimits())
    paths = [path.decode() for path in whole.table.paths]
    for path in paths:
        whole.faults.faults.append(Fault("odd-name", path, None, "x"))
    whole.faults.faults.append(Fault("class-unused", whole.source, None, "x"))
    for split in ("train", "val"):
        files = [fault.file for fault in _part(whole, many_images, split).faults.faults]
        assert files == [*(path for path, part in zip(paths, parts, strict=True) if part == split), whole.source]


def test_images_of_one_place_are_divided_one_by_one_and_that_is_said(whole: Reading, many_images: Path) -> None:
    content = (many_images / "images/0.png").read_bytes()
    for number in range(11):
        (many_images / f"images/{number}.png").write_bytes(content)
    table = whole.table
    table.sizes[:] = table.sizes[0]
    val = _part(whole, many_images, "val")
    assert 0 < len(val.table) < 11
    assert [fault.code for fault in whole.faults.warnings] == ["divided-by-image"]
