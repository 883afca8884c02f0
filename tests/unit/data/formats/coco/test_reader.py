import copy
import json
import pickle
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from boxwright.data import Dataset, TableDataset, read_coco
from boxwright.data.formats.coco.reader import load_json
from boxwright.errors import DataError


@pytest.fixture
def opened(write_coco: Any, document: dict[str, Any]) -> TableDataset:
    path = write_coco(document)
    return read_coco(path, path.parents[1] / "images")


def test_is_a_dataset(opened: TableDataset) -> None:
    assert isinstance(opened, Dataset)
    assert len(opened) == 3


def test_labels_follow_the_order_of_category_ids(opened: TableDataset) -> None:
    assert opened.categories == ("cat", "dog")
    assert opened.category_ids == (3, 7)
    assert opened.truth(1).labels.tolist() == [1, 0]


def test_objects_belong_to_their_images_in_file_order(opened: TableDataset) -> None:
    assert opened.truth(1).boxes.tolist() == [[1, 2, 4, 6], [5.5, 6.5, 15.5, 26.5]]
    assert opened.truth(0).boxes.tolist() == [[10, 20, 40, 30]]
    assert [opened.truth(position).origin.image_id for position in range(3)] == [10, 5, 8]


def test_crowd_is_ignored(opened: TableDataset) -> None:
    assert opened.truth(0).ignore.tolist() == [True]
    assert opened.truth(1).ignore.tolist() == [False, False]


def test_area_is_the_annotated_one_else_that_of_the_box(opened: TableDataset) -> None:
    assert opened.truth(1).area.tolist() == [9.5, 200]


def test_image_without_objects_is_kept(opened: TableDataset) -> None:
    sample = opened[2]
    assert sample.boxes.shape == (0, 4)
    assert sample.size == (20, 20)


def test_sample_and_truth_agree(opened: TableDataset) -> None:
    for position in range(len(opened)):
        sample, truth = opened[position], opened.truth(position)
        assert sample.origin == truth.origin
        assert sample.size == truth.origin.size
        for column in ("boxes", "labels", "ignore"):
            assert torch.equal(getattr(sample, column), getattr(truth, column))


def test_pixels_are_rgb_and_a_view_of_channels_last_memory(opened: TableDataset) -> None:
    sample = opened[0]
    bgr = cv2.imread(str(sample.origin.path))
    assert np.array_equal(sample.image.permute(1, 2, 0).numpy(), bgr[:, :, ::-1])
    assert sample.image.permute(1, 2, 0).is_contiguous()


def test_changing_a_result_does_not_change_the_data_set(opened: TableDataset) -> None:
    opened.truth(0).boxes.fill_(0)
    assert opened.truth(0).boxes.tolist() == [[10, 20, 40, 30]]


def test_survives_pickling(opened: TableDataset) -> None:
    again = pickle.loads(pickle.dumps(opened))
    assert again.categories == opened.categories
    assert torch.equal(again[1].boxes, opened[1].boxes)


def test_every_fault_is_in_one_error(write_coco: Any, document: dict[str, Any]) -> None:
    path = write_coco(document)
    broken = copy.deepcopy(document)
    broken["annotations"][0]["bbox"][2] = 0
    broken["annotations"][1]["category_id"] = 99
    broken["images"].append({"id": 77, "file_name": "gone.png", "width": 5, "height": 5})
    path.write_text(json.dumps(broken))
    with pytest.raises(DataError) as caught:
        read_coco(path, path.parents[1] / "images")
    message = str(caught.value)
    assert "3 faults" in message
    assert str(path) in message
    assert all(part in message for part in ("annotation 1", "annotation 2", "99", "gone.png", 'on_bad="skip"'))


def test_skipping_says_what_was_left_out(
    write_coco: Any, document: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    document["annotations"][0]["bbox"][2] = -1
    path = write_coco(document)
    dataset = read_coco(path, path.parents[1] / "images", on_bad="skip")
    assert len(dataset.skipped) == 1
    assert "annotation 1" in dataset.skipped[0]
    assert "annotation 1" in caplog.text
    assert dataset.truth(1).boxes.tolist() == [[5.5, 6.5, 15.5, 26.5]]
    assert len(dataset) == 3


def test_no_usable_image_is_an_error(write_coco: Any, document: dict[str, Any]) -> None:
    path = write_coco(document)
    with pytest.raises(DataError, match="no usable image"):
        read_coco(path, path.parent, on_bad="skip")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("{", "not readable as JSON"),
        ("[" * 100_000, "not readable as JSON"),
        ("7" * 5_000, "not readable as JSON"),
        ("[]", "not COCO detection JSON"),
        ('{"images": [], "annotations": {}}', "'annotations', 'categories'"),
    ],
)
def test_file_that_is_not_coco(tmp_path: Path, content: str, what: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(DataError, match=what) as caught:
        load_json(path)
    assert str(path) in str(caught.value)


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be opened"):
        load_json(tmp_path / "none.json")


def test_file_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b'{"images": "\xff"}')
    with pytest.raises(DataError, match="not readable as JSON"):
        load_json(tmp_path / "x.json")
