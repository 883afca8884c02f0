import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch

from boxwright.data import ReadingLimits, open_dataset, training_loader
from boxwright.data import packing as module
from boxwright.data.packing import pack
from boxwright.errors import ConfigError, DataError
from boxwright.settings.augmentation import AugmentationSettings


def _members(folder: Path, split: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for shard in sorted((folder / split).glob("*.tar")):
        with tarfile.open(shard) as tar:
            for entry in tar:
                content = tar.extractfile(entry)
                assert content is not None
                assert entry.name not in found
                found[entry.name] = content.read()
    return found


@pytest.mark.parametrize("masks", [False, True])
@pytest.mark.parametrize("split", ["train", "val"])
def test_samples_are_those_of_the_folder(loose: Path, packed: Path, split, masks: bool) -> None:
    options = {"masks": masks, "on_bad": "skip"}
    folder, shards = (open_dataset(source, split, **options) for source in (loose, f"shards:{packed}"))
    assert (folder.categories, folder.category_ids, len(folder)) == (
        shards.categories,
        shards.category_ids,
        len(shards),
    )
    for position in range(len(folder)):
        one, other = folder[position], shards[position]
        for name in ("image", "boxes", "labels", "ignore"):
            assert torch.equal(getattr(one, name), getattr(other, name))
        assert torch.equal(folder.truth(position).area, shards.truth(position).area)
        assert (one.origin.image_id, one.origin.size) == (other.origin.image_id, other.origin.size)
        assert str(loose / str(other.origin.path)) == one.origin.path
        assert (one.masks is None) == (other.masks is None) == (not masks)
        if one.masks is not None and other.masks is not None:
            assert torch.equal(one.masks.to_boolean(), other.masks.to_boolean())
    assert np.array_equal(folder.table.references, shards.table.references)  # type: ignore[attr-defined]


def test_any_reader_of_tar_files_finds_images_and_annotations(loose: Path, packed: Path) -> None:
    document = json.loads((loose / "annotations/instances_train.json").read_text())
    members = _members(packed, "train")
    records = {name[:9]: json.loads(content) for name, content in members.items() if name.endswith(".json")}
    assert sorted(records) == [f"{number:09d}" for number in range(9)]
    assert [record["id"] for record in records.values()] != sorted(record["id"] for record in records.values())
    entries = {entry["id"]: entry for entry in document["images"]}
    for key, record in records.items():
        (image,) = (name for name in members if name.startswith(key) and not name.endswith(".json"))
        assert members[image] == (loose / record["file_name"]).read_bytes()
        assert Path(image).suffix == Path(record["file_name"]).suffix.lower()
        assert record["file_name"].endswith(entries[record["id"]]["file_name"])
        written = [entry for entry in document["annotations"] if entry["image_id"] == record["id"]]
        for before, after in zip(written, record["annotations"], strict=True):
            assert after == {name: value for name, value in before.items() if name not in ("id", "image_id")}


def test_parts_that_are_measured_keep_their_order(packed: Path) -> None:
    records = [json.loads(content) for name, content in _members(packed, "val").items() if name.endswith(".json")]
    assert [record["id"] for record in records] == [49, 50, 51]


def test_batches_are_those_of_the_folder(loose: Path, packed: Path) -> None:
    mixed = AugmentationSettings(mosaic=0.5, mixup=0.5)
    loaders = [
        training_loader(open_dataset(source, "train"), (32, 32), 4, mixed, seed=3, workers=workers)
        for source, workers in ((loose, 0), (f"shards:{packed}", 2))
    ]
    for one, other in zip(*loaders, strict=True):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.targets.boxes, other.targets.boxes)
        assert torch.equal(one.targets.labels, other.targets.labels)


def test_an_image_that_is_listed_twice_is_written_once(tmp_path: Path, loose: Path) -> None:
    data = tmp_path / "data"
    (data / "labels").mkdir(parents=True)
    (data / "images").symlink_to(loose / "images/val")
    (data / "train.txt").write_text("images/6.png\nimages/7.png\nimages/6.png\n")
    (data / "val.txt").write_text("images/8.png\n")
    (data / "labels/8.txt").write_text("")
    (data / "labels/6.txt").write_text("0 0.5 0.5 0.25 0.25\n")
    (data / "data.yaml").write_text("train: train.txt\nval: val.txt\nnames: [cell]\n")
    done = pack(data, tmp_path / "out", allow_outside=True)
    dataset = open_dataset(f"shards:{tmp_path}/out", "train")
    assert len(dataset) == 3
    assert len(dataset.truth(0)) == len(dataset.truth(2)) == 1
    assert torch.equal(dataset[0].image, dataset[2].image)
    assert len(_members(tmp_path / "out", "train")) == 4
    assert "3 images and 2 objects in train" in done.text()


def test_faults_stop_it_or_are_left_out(tmp_path: Path, loose: Path) -> None:
    data = tmp_path / "data"
    (data / "annotations").mkdir(parents=True)
    (data / "images").mkdir()
    for name in ("6.png", "7.png"):
        (data / "images" / name).write_bytes((loose / "images/val" / name).read_bytes())
    (data / "images/cut.png").write_bytes((loose / "images/val/8.png").read_bytes()[:900])
    images = [
        {"id": number, "file_name": name, "width": 32, "height": 32}
        for number, name in enumerate(("6.png", "7.png", "cut.png"))
    ]
    boxes = [{"id": 1, "image_id": 0, "category_id": 1, "bbox": [1, 1, 4, 4]}]
    boxes += [{"id": 2, "image_id": 1, "category_id": 9, "bbox": [1, 1, 4, 4]}]
    document = {"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "cell"}]}
    (data / "annotations/instances_train.json").write_text(json.dumps(document))
    with pytest.raises(DataError, match=r"(?s)unknown category id 9.*cut off"):
        pack(data, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    done = pack(data, tmp_path / "out", on_bad="skip")
    assert len(done.skipped) == 2
    assert "2 faults left out" in done.text()
    assert [len(open_dataset(f"shards:{tmp_path}/out", "train").truth(position)) for position in (0, 1)] == [1, 0]


def test_what_is_interrupted_leaves_nothing(tmp_path: Path, loose: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module.ShardIndex, "to_json", stop)
    with pytest.raises(KeyboardInterrupt):
        pack(loose, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_a_destination(tmp_path: Path, loose: Path, packed: Path) -> None:
    with pytest.raises(DataError, match="is there already and not empty"):
        pack(loose, packed)
    with pytest.raises(DataError, match="lies in the source"):
        pack(loose, loose / "out")
    with pytest.raises(ConfigError, match="pack writes to a folder"):
        pack(loose, "s3://bucket/out")
    with pytest.raises(ConfigError, match="shard_megabytes must be a number over 0; found 0"):
        pack(loose, tmp_path / "out", shard_megabytes=0.0)
    with pytest.raises(DataError, match="is packed, and files of images are needed"):
        pack(f"shards:{packed}", tmp_path / "out")


def test_packed_data_are_named_so(packed: Path) -> None:
    with pytest.raises(DataError, match=f"holds packed data. Name them so: shards:{packed}"):
        open_dataset(packed, "train")
    with pytest.raises(ConfigError, match="has its parts already"):
        open_dataset(f"shards:{packed}", "train", val=0.2)
    with pytest.raises(DataError, match=r"has no test part; it has train, val\."):
        open_dataset(f"shards:{packed}", "test")


def test_limits_hold_for_packed_data_too(packed: Path) -> None:
    small = ReadingLimits(max_pixels=1000)
    with pytest.raises(DataError, match=r"1,024 pixels; allowed are 1,000"):
        open_dataset(f"shards:{packed}", "val", limits=small)


@pytest.mark.parametrize("size", [-1.0, float("nan"), float("inf")])
def test_a_size_that_is_none_is_refused(loose: Path, tmp_path: Path, size: float) -> None:
    with pytest.raises(ConfigError, match="shard_megabytes must be a number over 0"):
        pack(loose, tmp_path / "out", shard_megabytes=size)


def test_what_a_killed_packing_left_is_in_nobodys_way(loose: Path, tmp_path: Path) -> None:
    (tmp_path / ".boxwright-abc.part/train").mkdir(parents=True)
    (tmp_path / ".boxwright-abc.part/train/train-000000.tar").write_bytes(b"half")
    pack(loose, tmp_path, on_bad="skip")
    assert len(open_dataset(f"shards:{tmp_path}", "val")) > 0
