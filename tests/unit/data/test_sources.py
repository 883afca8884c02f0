import json
from pathlib import Path
from typing import Any, get_args

import pytest

from boxwright.data import RamCache, TableDataset, open_dataset, open_parts, require_same_categories, sources
from boxwright.data.conversion import convert
from boxwright.data.faults import OnBad
from boxwright.data.loading.kept_images import KeptImages
from boxwright.data.sources import absolute_source, write_division
from boxwright.errors import ConfigError, DataError


def test_bundled_sample() -> None:
    train, val = (open_dataset("sample:bccd", split) for split in ("train", "val"))
    assert (len(train), len(val)) == (60, 20)
    assert train.categories == val.categories == ("RBC", "WBC", "Platelets")
    require_same_categories(train, val)
    for part in (train, val):
        present = {label for position in range(len(part)) for label in part.truth(position).labels.tolist()}
        assert present == {0, 1, 2}
    assert train[0].size == (480, 640)
    train_ids = {train.truth(position).origin.image_id for position in range(60)}
    assert train_ids.isdisjoint(val.truth(position).origin.image_id for position in range(20))


def test_folder(many_images: Path) -> None:
    assert len(open_dataset(many_images, "train")) == 11
    assert len(open_dataset(str(many_images), "train")) == 11


def test_cache(many_images: Path) -> None:
    for cache in ("ram", "auto"):
        assert isinstance(open_dataset(many_images, "train", cache=cache), RamCache)


def test_skipping_reaches_the_reader(many_images: Path) -> None:
    (many_images / "images/3.png").unlink()
    with pytest.raises(DataError, match="2 faults"):
        open_dataset(many_images, "train")
    dataset = open_dataset(many_images, "train", on_bad="skip")
    assert isinstance(dataset, TableDataset)
    assert len(dataset) == 10
    assert len(dataset.skipped) == 2


def _yaml(folder: Path, content: str) -> Path:
    path = folder / "data.yaml"
    path.write_text(content)
    return path


def test_yaml_is_relative_to_itself(many_images: Path) -> None:
    path = _yaml(many_images, "train: {annotations: annotations/instances_train.json, images: images}")
    assert len(open_dataset(path, "train")) == 11


@pytest.mark.parametrize(
    ("content", "error", "what"),
    [
        ("train: {annotations: a.json, images: images}", DataError, "has no 'val'"),
        ("val: {annotations: a.json}", DataError, "no path under images"),
        ("val: {annotations: a.json, images: [x]}", DataError, "no path under images"),
        ("val: {anotations: a.json, images: x}", ConfigError, "'annotations'"),
        ("trian: {}", ConfigError, "'train'"),
        ("val: images", DataError, "expected a mapping"),
        ("- a", DataError, "expected a mapping"),
        ("a: [", DataError, "cannot be read as YAML"),
        ("val: {annotations: a.json, images: x}", DataError, r"a\.json.*cannot be opened"),
    ],
)
def test_bad_yaml(tmp_path: Path, content: str, error: type[Exception], what: str) -> None:
    path = _yaml(tmp_path, content)
    with pytest.raises(error, match=what):
        open_dataset(path, "val")


def test_unknown_layout_lists_what_was_tried(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        open_dataset(tmp_path, "val")
    assert f"{tmp_path}/annotations/*val*.json" in str(caught.value)
    assert "YAML" in str(caught.value)


def test_source_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no"):
        open_dataset(tmp_path / "none", "train")


def test_source_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("")
    with pytest.raises(DataError, match="neither a folder nor a YAML or JSON file"):
        open_dataset(tmp_path / "x.csv", "train")


def test_unknown_sample() -> None:
    with pytest.raises(ConfigError, match="bccd"):
        open_dataset("sample:bcd", "train")


def test_categories_that_differ(many_images: Path, document: dict[str, Any]) -> None:
    train = open_dataset(many_images, "train")
    require_same_categories(train, train)
    other = open_dataset("sample:bccd", "val")
    with pytest.raises(DataError, match=r"train cat, dog; val .*RBC"):
        require_same_categories(train, other)


def test_absolute_source(many_images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(many_images.parent)
    assert absolute_source(many_images.name) == str(many_images)
    assert absolute_source(f"coco:{many_images.name}") == f"coco:{many_images}"
    assert absolute_source("sample:bccd") == "sample:bccd"


def test_one_form_of_several_can_be_asked_for(many_images: Path) -> None:
    assert len(open_dataset(f"coco:{many_images}", "train")) == 11
    with pytest.raises(DataError, match="YOLO: no data"):
        open_dataset(f"yolo:{many_images}", "train")


def test_json_file(many_images: Path) -> None:
    file = many_images / "annotations/instances_train.json"
    assert len(open_dataset(file, "train")) == 11
    with pytest.raises(DataError, match="val"):
        open_dataset(file, "val")
    file.rename(file.with_name("cells.json"))
    assert len(open_dataset(file.with_name("cells.json"), "val")) == 11
    with pytest.raises(DataError, match="does not say which part"):
        open_dataset(file.with_name("cells.json"), "train")


def test_yaml_builds_no_objects(tmp_path: Path) -> None:
    path = _yaml(tmp_path, "train: !!python/object/apply:os.system ['true']")
    with pytest.raises(DataError, match="cannot be read as YAML"):
        open_dataset(path, "train")


def test_masks_are_read_where_they_are_asked_for(write_coco: Any, document: dict[str, Any]) -> None:
    for entry in document["annotations"]:
        entry["segmentation"] = [[2, 3, 8, 3, 8, 9, 2, 9]]
    folder = write_coco(document).parents[1]
    assert open_dataset(folder, "train").truth(0).masks is None
    for cache in (None, "ram"):
        opened = open_dataset(folder, "train", masks=True, cache=cache)
        for position in range(len(opened)):
            sample, truth = opened[position], opened.truth(position)
            assert sample.masks is not None
            assert truth.masks is not None
            assert sample.masks.to_rle() == truth.masks.to_rle()
            assert len(sample.masks) == len(sample.boxes)


def test_a_box_without_a_mask_is_a_fault_where_masks_are_asked_for(many_images: Path) -> None:
    for on_bad in get_args(OnBad):
        with pytest.raises(DataError, match=r"no object of 20 has a mask; train a system without -seg") as caught:
            open_dataset(many_images, "train", masks=True, on_bad=on_bad)
        assert "annotation 10" not in str(caught.value)


def test_objects_without_a_mask_that_can_be_used_are_no_background(
    many_images: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = next(many_images.glob("annotations/*train*.json"))
    document = json.loads(file.read_text())
    for number, entry in enumerate(document["annotations"]):
        x, y, width, height = entry["bbox"]
        ring = [x, y, x + width, y, x + width, y + height, x, y + height]
        entry |= {"segmentation": [None, [[1, 1, 2, 2]], [ring]][min(number, 2)]}
    file.write_text(json.dumps(document))
    with pytest.raises(DataError, match=r"the object has a box and no mask; draw the mask.*ignored region"):
        open_dataset(many_images, "train", masks=True)
    skipped = open_dataset(many_images, "train", masks=True, on_bad="skip")
    assert isinstance(skipped, TableDataset)
    assert len(skipped.skipped) == 2
    truths = [skipped.truth(position) for position in range(len(skipped))]
    assert [sum(len(truth) for truth in truths), sum(int(truth.ignore.sum()) for truth in truths)] == [20, 2]
    assert all(truth.masks is not None and bool((truth.masks.areas > 0).all()) for truth in truths)
    assert "2 objects without a mask are ignored regions now" in caplog.text


def test_images_are_checked_as_far_as_asked(many_images: Path) -> None:
    (many_images / "images/3.png").write_bytes(b"")
    assert len(open_dataset(many_images, "train")) == 11
    for check in ("headers", "full"):
        with pytest.raises(DataError, match=r"3\.png: the file has no bytes"):
            open_dataset(many_images, "train", check_images=check)
        dataset = open_dataset(many_images, "train", check_images=check, on_bad="skip")
        assert len(dataset) == 10
        assert isinstance(dataset, KeptImages)
        assert any("3.png" in line for line in dataset.skipped)


def test_no_usable_image_is_an_error_even_if_skipping(many_images: Path) -> None:
    for path in (many_images / "images").iterdir():
        path.write_bytes(b"")
    with pytest.raises(DataError, match="the file has no bytes"):
        open_dataset(many_images, "train", check_images="headers", on_bad="skip")


def test_several_parts_fail_as_one(many_images: Path, tmp_path: Path) -> None:
    (many_images / "images/3.png").write_bytes(b"")
    with pytest.raises(DataError) as caught:
        open_parts(many_images, ("train", "val"), check_images="headers")
    assert "3.png" in str(caught.value)
    assert "no val data" in str(caught.value)
    with pytest.raises(DataError) as caught:
        open_parts(tmp_path / "nowhere", ("train", "val"))
    assert str(caught.value).count("There is no") == 1
    assert [len(part) for part in open_parts("sample:bccd", ("val", "train"))] == [20, 60]


def _without_parts(many_images: Path) -> Path:
    (many_images / "annotations/instances_train.json").rename(many_images / "annotations/instances_default.json")
    return many_images


def test_data_without_parts_name_the_way_out(many_images: Path) -> None:
    folder = _without_parts(many_images)
    for split in ("train", "val"):
        with pytest.raises(DataError, match=r"11 images in no parts.*--val 0\.2"):
            open_dataset(folder, split)
    with pytest.raises(DataError) as caught:
        open_parts(folder, ("train", "val"))
    assert str(caught.value).count("--val 0.2") == 1


def test_data_without_parts_are_divided(many_images: Path) -> None:
    train, val = open_parts(_without_parts(many_images), ("train", "val"), val=0.3)
    names = [{part.truth(place).origin.name for place in range(len(part))} for part in (train, val)]
    assert len(names[0] | names[1]) == 11
    assert not names[0] & names[1]
    require_same_categories(train, val)


def test_a_division_is_written_down_and_given_back(many_images: Path, tmp_path: Path) -> None:
    folder, file = _without_parts(many_images), tmp_path / "split.json"
    write_division(folder, file, val=0.3, val_seed=5)
    for split in ("train", "val"):
        drawn = open_dataset(folder, split, val=0.3, val_seed=5)
        given = open_dataset(folder, split, val=file)
        assert len(drawn) == len(given)
        assert all(drawn.truth(place).origin == given.truth(place).origin for place in range(len(drawn)))


def test_data_with_parts_are_not_divided() -> None:
    with pytest.raises(ConfigError, match="Leave it out"):
        open_dataset("sample:bccd", "train", val=0.2)


def test_a_seed_of_nothing_is_an_error() -> None:
    with pytest.raises(ConfigError, match="found 3 without val"):
        open_dataset("sample:bccd", "val", val_seed=3)


@pytest.mark.parametrize("layout", ["coco", "yolo", "voc"])
def test_a_test_part_is_read_as_the_others_are(tiny_data: Path, tmp_path: Path, layout: str) -> None:
    convert(tiny_data, tmp_path / "data", to=layout)
    for path in sorted((tmp_path / "data").rglob("*val*"), reverse=True):
        path.rename(path.with_name(path.name.replace("val", "test")))
    for path in (tmp_path / "data").rglob("*.yaml"):
        path.write_text(path.read_text().replace("val", "test"))
    found, wanted = open_dataset(tmp_path / "data", "test"), open_dataset(tiny_data, "val")
    assert len(found) == len(wanted) == 3
    objects = [sum(len(part.truth(position)) for position in range(3)) for part in (found, wanted)]
    assert objects[0] == objects[1]
    assert len(open_dataset(tmp_path / "data", "train")) == 8
    with pytest.raises(DataError, match="val"):
        open_dataset(tmp_path / "data", "val")


def test_a_test_part_that_is_not_there_is_an_error_and_none_is_divided_off(many_images: Path) -> None:
    with pytest.raises(DataError, match="no test data in a known layout"):
        open_dataset(many_images, "test")
    with pytest.raises(ConfigError, match=r"val divides data into train and val; found 0\.2 with the split test"):
        open_dataset(many_images, "test", val=0.2)


def test_a_file_that_is_named_for_the_test_part_is_measured_on_without_a_word(many_images: Path) -> None:
    folder = many_images / "annotations"
    (folder / "instances_train.json").rename(folder / "instances_test.json")
    for split in ("test", "val"):
        assert len(open_dataset(folder / "instances_test.json", split)) == 11


def test_of_very_many_images_some_are_looked_at(
    many_images: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sources, "MOST_HEADERS", 6)
    for number in (2, 3):  # the first, third, fifth … of eleven are looked at
        (many_images / f"images/{number}.png").write_bytes(b"no image")
    with caplog.at_level("INFO"):
        dataset = open_dataset(many_images, "train", check_images="headers", on_bad="skip")
    assert len(dataset) == 10
    assert "6 of 11 images looked at, spread over all" in caplog.text
    assert len(open_dataset(many_images, "train", check_images="full", on_bad="skip")) == 9
