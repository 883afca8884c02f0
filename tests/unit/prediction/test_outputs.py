import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from boxwright.errors import DataError
from boxwright.prediction import CocoResultOutput, Frame, PictureOutput, Video
from boxwright.structures import Detections, ImageOrigin, InstanceMasks

NAMES = ("cat", "Hörse")


def frame(name="a.jpg", image_id=0, video=None, position=0, size=(48, 64)) -> Frame:
    return Frame(np.full((*size, 3), 90, np.uint8), ImageOrigin(image_id, name, size), name, video, position)


def found(image_id=0, count=1) -> Detections:
    boxes = torch.tensor([[1.25, 2.0, 11.25, 22.0]]).repeat(count, 1)
    return Detections(boxes, torch.full((count,), 0.5), torch.ones(count).long(), ImageOrigin(image_id, None, (48, 64)))


def write_and_fail(output, first) -> None:
    with output:
        output.write(first, found())
        raise ZeroDivisionError


def files(folder) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def video_frames(path) -> tuple[int, float, tuple[float, float]]:
    capture = cv2.VideoCapture(str(path))
    count = 0
    while capture.read()[0]:
        count += 1
    size = (capture.get(cv2.CAP_PROP_FRAME_HEIGHT), capture.get(cv2.CAP_PROP_FRAME_WIDTH))
    return count, capture.get(cv2.CAP_PROP_FPS), size


def test_pictures_keep_names_and_folders_and_never_overwrite_each_other(tmp_path):
    with PictureOutput(tmp_path, NAMES) as output:
        for name in ("a.jpg", "a.bmp", "a.png", "sub/a.webp", "写真.jpg", "a.jpg"):
            output.write(frame(name), found())
    assert files(tmp_path) == ["a-2.jpg", "a-3.jpg", "a.jpg", "a.png", "sub/a.jpg", "写真.jpg"]
    picture = cv2.imdecode(np.fromfile(tmp_path / "a.png", np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (48, 64, 3)
    assert (picture != 90).any()


def test_videos_are_written_whole_and_apart(tmp_path):
    one, two = Video(tmp_path / "one.avi", 10.0), Video(tmp_path / "two.avi", 20.0)
    with PictureOutput(tmp_path / "out", NAMES) as output:
        for position in range(4):
            output.write(frame("one.avi", video=one, position=position), found())
        for position in range(3):
            output.write(frame("two.avi", video=two, position=position, size=(32, 32)), found())
        assert "one.mp4" in files(tmp_path / "out")
        output.write(frame("b.png"), found())
    assert files(tmp_path / "out") == ["b.png", "one.mp4", "two.mp4"]
    assert video_frames(tmp_path / "out" / "one.mp4") == (4, 10.0, (48, 64))
    assert video_frames(tmp_path / "out" / "two.mp4") == (3, 20.0, (32, 32))


def test_after_an_error_no_half_video_is_left(tmp_path):
    video = Video(tmp_path / "one.avi", 10.0)
    with pytest.raises(ZeroDivisionError):
        write_and_fail(PictureOutput(tmp_path, NAMES), frame("one.avi", video=video))
    assert files(tmp_path) == []


def test_a_video_that_cannot_be_written_is_an_error(tmp_path, monkeypatch):
    def refuse(self):
        raise RuntimeError("no codec")

    monkeypatch.setattr("supervision.VideoSink.__enter__", refuse)
    with pytest.raises(DataError, match=r"one\.mp4: OpenCV cannot write"), PictureOutput(tmp_path, NAMES) as output:
        output.write(frame("one.avi", video=Video(tmp_path / "one.avi", 10.0)), found())


def test_coco_result_rows(tmp_path):
    path = tmp_path / "deep" / "result.json"
    with CocoResultOutput(path, NAMES, [7, 90]) as output:
        output.write(frame("a.jpg", 0), found(0))
        output.write(frame("写真.jpg", 1), found(1, count=0))
        output.write(frame("b.mp4", 2, Video(tmp_path / "b.mp4", 5.0), 4), found(2))
        assert not path.exists()
    rows = json.loads(path.read_text(encoding="utf-8"))
    row = {"category_id": 90, "bbox": [1.25, 2.0, 10.0, 20.0], "score": 0.5, "category": "Hörse"}
    assert rows == [
        {"image_id": 0, **row, "file_name": "a.jpg"},
        {"image_id": 2, **row, "file_name": "b.mp4", "frame": 4},
    ]


def test_coco_result_is_read_by_pycocotools(tmp_path):
    from pycocotools.coco import COCO

    with CocoResultOutput(tmp_path / "result.json", NAMES) as output:
        output.write(frame("a.jpg", 0), found(0, count=3))
    truth = COCO()
    truth.dataset = {"info": {}, "images": [{"id": 0}], "categories": [{"id": 0}, {"id": 1}], "annotations": []}
    truth.createIndex()
    assert len(truth.loadRes(str(tmp_path / "result.json")).anns) == 3


def test_no_detections_give_an_empty_list(tmp_path):
    with CocoResultOutput(tmp_path / "result.json", NAMES):
        pass
    assert json.loads((tmp_path / "result.json").read_text()) == []


def test_after_an_error_the_old_result_file_is_there(tmp_path):
    (tmp_path / "result.json").write_text("old")
    with pytest.raises(ZeroDivisionError):
        write_and_fail(CocoResultOutput(tmp_path / "result.json", NAMES), frame())
    assert files(tmp_path) == ["result.json"]
    assert (tmp_path / "result.json").read_text() == "old"


def test_masks_are_written_as_rle_of_the_original_size(tmp_path):
    full = torch.zeros((2, 48, 64), dtype=torch.bool)
    full[0, 2:22, 1:11] = True
    masks = InstanceMasks.from_boolean(full)
    with CocoResultOutput(tmp_path / "result.json", NAMES) as output:
        output.write(frame(), replace(found(count=2), masks=masks))
        output.write(frame("b.jpg", 1), found(1))
    rows = json.loads((tmp_path / "result.json").read_text())
    assert [row.get("segmentation") for row in rows] == [*masks.to_rle(), None]
    assert rows[0]["segmentation"]["size"] == [48, 64]
    back = InstanceMasks.from_rle([row["segmentation"] for row in rows[:2]], (48, 64))
    assert torch.equal(back.to_boolean(), full)
