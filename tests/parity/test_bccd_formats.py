"""The same labels in three formats are the same targets, and stay the same when one format is turned into another."""

from itertools import product
from pathlib import Path

import pytest
import torch

from boxwright.data import TableDataset, convert, open_dataset

BCCD = Path(__file__).parent / "bccd"
FORMATS = ("coco", "voc", "yolo")
Targets = dict[str, tuple[torch.Tensor, list[str], list[bool], tuple[int, int]]]


def _targets(source: str, split: str, on_bad: str = "skip") -> Targets:
    data = open_dataset(source, split, on_bad=on_bad)
    targets = {}
    for position in range(len(data)):
        truth = data.truth(position)
        names = [data.categories[label] for label in truth.labels.tolist()]
        targets[Path(truth.origin.name).name] = (truth.boxes, names, truth.ignore.tolist(), truth.origin.size)
    return targets


def _assert_same(found: Targets, expected: Targets) -> None:
    assert found.keys() == expected.keys()
    for name, (boxes, *others) in found.items():
        assert torch.equal(boxes, expected[name][0]), name
        assert others == list(expected[name][1:]), name


@pytest.mark.parametrize("split", ["train", "val"])
@pytest.mark.parametrize("form", ["voc", "yolo"])
def test_formats_give_the_same_targets(form: str, split: str) -> None:
    expected = _targets(f"coco:{BCCD}", split, "error")
    assert sum(len(boxes) for boxes, *_ in expected.values()) > 10
    _assert_same(_targets(f"{form}:{BCCD}", split), expected)


@pytest.mark.parametrize(("split", "name", "number"), [("train", "00343", 4), ("val", "00338", 13)])
def test_only_the_boxes_without_area_are_left_out(split: str, name: str, number: int) -> None:
    data = open_dataset(f"voc:{BCCD}", split, on_bad="skip")
    assert isinstance(data, TableDataset)
    (fault,) = data.faults
    assert (fault.code, fault.where) == ("box-empty", f"object {number}")
    assert fault.file.endswith(f"BloodImage_{name}.xml")


def test_detection_takes_what_is_pointed_at() -> None:
    """A folder with several forms is read as COCO; a data.yaml and a JSON file say themselves what they are."""
    expected = _targets(str(BCCD), "val")
    for source in (
        BCCD / "data.yaml",
        BCCD / "annotations/instances_val.json",
        BCCD / "annotations/instances_train.json",
    ):
        _assert_same(_targets(str(source), "val"), expected)


@pytest.mark.parametrize(("source", "to"), list(product(FORMATS, FORMATS)))
def test_conversion_keeps_every_box(tmp_path: Path, source: str, to: str) -> None:
    done = convert(f"{source}:{BCCD}", tmp_path / "out", to=to, on_bad="skip")
    assert done.images == {"train": 2, "val": 1}
    for split in ("train", "val"):
        _assert_same(_targets(str(tmp_path / "out"), split, "error"), _targets(f"coco:{BCCD}", split))
        image = next((tmp_path / "out").rglob("BloodImage_00343.jpg"))
        assert image.read_bytes() == (BCCD / "JPEGImages/BloodImage_00343.jpg").read_bytes()
