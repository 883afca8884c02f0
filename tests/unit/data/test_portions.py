import json
from pathlib import Path

import pytest

from boxwright.data.formats.layout import PartNotFoundError
from boxwright.data.portions import layout_and_path, read_portion, read_undivided, root_of, with_cure
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import ConfigError, DataError

LIMITS = ReadingLimits()


@pytest.fixture
def flat(many_images: Path) -> Path:
    """11 images in no parts."""
    (many_images / "annotations/instances_train.json").rename(many_images / "annotations/instances_default.json")
    return many_images


def test_layout_and_path(flat: Path) -> None:
    assert layout_and_path(f"coco:{flat}") == ("coco", flat)
    assert layout_and_path(flat) == (None, flat)
    with pytest.raises(ConfigError, match="bccd"):
        layout_and_path("sample:x")
    with pytest.raises(DataError, match="There is no"):
        layout_and_path("nothing:there")


def test_root_of(flat: Path) -> None:
    assert root_of(flat) == root_of(flat / "a.json") == flat


def test_the_whole_and_its_parts(flat: Path) -> None:
    assert len(read_portion(flat, "whole", LIMITS, None).table) == 11
    with pytest.raises(PartNotFoundError):
        read_portion(flat, "train", LIMITS, None)
    assert len(read_undivided(flat, LIMITS, None).table) == 11
    assert len(read_undivided(flat / "annotations/instances_default.json", LIMITS, "coco").table) == 11


@pytest.mark.parametrize("split", ["train", "val"])
def test_one_part_is_the_whole(flat: Path, split: str) -> None:
    (flat / "annotations/instances_default.json").rename(flat / f"annotations/instances_{split}.json")
    assert len(read_undivided(flat, LIMITS, None).table) == 11


def test_two_parts_are_not_divided(flat: Path) -> None:
    text = (flat / "annotations/instances_default.json").read_text()
    for split in ("train", "val"):
        (flat / f"annotations/instances_{split}.json").write_text(text)
    with pytest.raises(ConfigError, match="has a train and a val part already"):
        read_undivided(flat, LIMITS, None)


def test_nothing_at_all(tmp_path: Path) -> None:
    with pytest.raises(PartNotFoundError, match="known layout"):
        read_undivided(tmp_path, LIMITS, None)


def test_the_cure_fits_what_is_there(flat: Path, tmp_path: Path) -> None:
    miss = PartNotFoundError("there is none.")
    assert "11 images in no parts" in str(with_cure(miss, flat, "train", LIMITS, None))
    assert "--val 0.2" in str(with_cure(miss, flat, "val", LIMITS, None))
    (flat / "annotations/instances_default.json").rename(flat / "annotations/instances_train.json")
    assert str(with_cure(miss, flat, "val", LIMITS, None)).startswith("there is none. Or keep some")
    (flat / "annotations/instances_train.json").unlink()
    assert with_cure(miss, flat, "val", LIMITS, None) is miss


@pytest.mark.parametrize("content", [{"lr": 0.1}, [], {}])
def test_json_of_no_known_kind(tmp_path: Path, content: object) -> None:
    (tmp_path / "train.json").write_text(json.dumps(content))
    with pytest.raises(DataError, match="JSON of no kind that boxwright reads"):
        read_portion(tmp_path / "train.json", "train", LIMITS, None)
