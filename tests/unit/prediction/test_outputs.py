import json
import os
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from boxwright.errors import ConfigError, DataError
from boxwright.prediction import CocoResultOutput, Frame, PictureOutput, Video, read_frames
from boxwright.prediction.video_reader import VideoReader
from boxwright.structures import Detections, ImageOrigin, InstanceMasks
from boxwright.writing.own_mark import has_mark

NAMES = ("cat", "Hörse")


def frame(name="a.jpg", image_id=0, video=None, position=0, size=(48, 64), seconds=0.0, path=None) -> Frame:
    origin = ImageOrigin(image_id, path, size)
    return Frame(np.full((*size, 3), 90, np.uint8), origin, name, video, position, seconds)


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
        output.write(frame("long.tif", size=(1, 65_501)), found())  # of which there is no JPEG
    assert files(tmp_path) == ["a-2.jpg", "a-3.jpg", "a.jpg", "a.png", "long.png", "sub/a.jpg", "写真.jpg"]
    picture = cv2.imdecode(np.fromfile(tmp_path / "a.png", np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (48, 64, 3)
    assert (picture != 90).any()


def test_videos_are_written_whole_and_apart(tmp_path):
    one, two = Video(tmp_path / "one.avi", 10.0), Video(tmp_path / "two.avi", 20.0)
    with PictureOutput(tmp_path / "out", NAMES) as output:
        for position in range(4):
            output.write(frame("one.avi", video=one, position=position, seconds=position / 10), found())
        for position in range(3):
            output.write(frame("two.avi", video=two, position=position, size=(32, 32), seconds=position / 20), found())
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
    def refuse(self, path, size, rate):
        raise DataError(f"{path}: a video cannot be written there.")

    monkeypatch.setattr("boxwright.prediction.outputs.VideoWriter.__init__", refuse)
    with pytest.raises(DataError, match=r"one\.mp4: a video cannot"), PictureOutput(tmp_path, NAMES) as output:
        output.write(frame("one.avi", video=Video(tmp_path / "one.avi", 10.0)), found())


def test_coco_result_rows(tmp_path):
    path = tmp_path / "deep" / "result.json"
    with CocoResultOutput(path, NAMES, [7, 90]) as output:
        output.write(frame("a.jpg", 0), found(0))
        output.write(frame("写真.jpg", 1), found(1, count=0))
        output.write(frame("b.mp4", 2, Video(tmp_path / "b.mp4", 5.0), 4, seconds=0.8), found(2))
        assert not path.exists()
    rows = json.loads(path.read_text(encoding="utf-8"))
    row = {"category_id": 90, "bbox": [1.25, 2.0, 10.0, 20.0], "score": 0.5, "category": "Hörse"}
    assert rows == [
        {"image_id": 0, **row, "file_name": "a.jpg"},
        {"image_id": 2, **row, "file_name": "b.mp4", "frame": 4, "seconds": 0.8},
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


def test_nothing_that_is_there_is_written_over(tmp_path):
    theirs = {name: name.encode() for name in ("a.jpg", "b.PNG", "one.mp4", "detections.json")}
    for name, content in theirs.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "link.jpg").symlink_to(tmp_path / "nowhere")
    video = Video(tmp_path / "one.avi", 10.0)
    with PictureOutput(tmp_path, NAMES) as output, CocoResultOutput(tmp_path / "detections.json", NAMES) as results:
        for name in ("a.jpg", "a.jpg", "link.jpg", "new.jpg", "new.jpg"):
            output.write(frame(name), found())
        output.write(frame("one.avi", video=video), found())
        results.write(frame(), found())
    assert all((tmp_path / name).read_bytes() == content for name, content in theirs.items())
    assert not (tmp_path / "nowhere").exists()
    new = ["a-2.jpg", "a-3.jpg", "detections-2.json", "link-2.jpg", "new-2.jpg", "new.jpg", "one-2.mp4"]
    assert files(tmp_path) == sorted([*theirs, *new])
    names = [(wanted.name, given.name) for wanted, given in output.renamed + results.renamed]
    assert names == [
        ("a.jpg", "a-2.jpg"),
        ("a.jpg", "a-3.jpg"),
        ("link.jpg", "link-2.jpg"),
        ("one.mp4", "one-2.mp4"),
        ("detections.json", "detections-2.json"),
    ]


def test_names_that_are_one_on_other_disks_stay_apart(tmp_path):
    with PictureOutput(tmp_path, NAMES) as output:
        for name in ("IMG.jpg", "img.jpg", "img.png"):
            output.write(frame(name), found())
    assert files(tmp_path) == ["IMG.jpg", "img-2.jpg", "img.png"]


def test_pictures_never_lie_beside_the_source(tmp_path, image_file):
    image_file(tmp_path / "in" / "a.png")
    (tmp_path / "link").symlink_to(tmp_path / "in")
    before = (tmp_path / "in" / "a.png").read_bytes()
    for folder in (tmp_path / "in", tmp_path / "link", tmp_path / "in" / ".." / "in"):
        with PictureOutput(folder, NAMES) as output, pytest.raises(ConfigError, match=r"^output: .* of the source"):
            output.write(frame("new.png", path=str(tmp_path / "in" / "a.png")), found())
    assert files(tmp_path) == ["in/a.png"]
    assert (tmp_path / "in" / "a.png").read_bytes() == before


def test_what_is_drawn_is_marked(tmp_path):
    with PictureOutput(tmp_path, NAMES) as output:
        for name in ("a.jpg", "a.png"):
            output.write(frame(name), found())
        output.write(frame("a.avi", video=Video(tmp_path / "a.avi", 10.0)), found())
    assert all(has_mark(tmp_path / name) for name in ("a.jpg", "a.png", "a.mp4"))


def test_a_video_keeps_its_times(tmp_path):
    video = Video(tmp_path / "one.avi", 10.0)
    times = [0.0, 0.1, 0.15, 1.3]
    with PictureOutput(tmp_path, NAMES) as output:
        for position, seconds in enumerate(times):
            output.write(frame("one.avi", video=video, position=position, seconds=seconds), found())
    assert [picture.seconds for picture in VideoReader(tmp_path / "one.mp4")] == pytest.approx(times, abs=1e-3)


def test_names_that_are_not_utf_8_are_kept(tmp_path, video_file):
    name = os.fsdecode(b"caf\xe9\n")
    video_file(tmp_path / "a.mp4", frames=3)
    (tmp_path / "a.mp4").rename(tmp_path / f"{name}.mp4")
    frames = list(read_frames(tmp_path / f"{name}.mp4"))
    with PictureOutput(tmp_path / "out", NAMES) as pictures, CocoResultOutput(tmp_path / "out.json", NAMES) as results:
        for each in [*frames, frame(f"{name}.jpg")]:
            pictures.write(each, found())
            results.write(each, found())
    assert files(tmp_path / "out") == [f"{name}.jpg", f"{name}.mp4"]
    assert len(list(read_frames(tmp_path / "out" / f"{name}.mp4"))) == 3
    rows = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert [row["file_name"] for row in rows] == [f"{name}.mp4"] * 3 + [f"{name}.jpg"]
