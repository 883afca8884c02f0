from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from boxwright.errors import ConfigError, DataError
from boxwright.prediction import predict
from boxwright.prediction.frames import Frame, Video
from boxwright.prediction.result import Result, result_of
from boxwright.structures import Detections, ImageOrigin
from boxwright.writing.own_mark import has_mark

NAMES = {0: "cat", 1: "Hörse"}


def result(name="sub/a.jpg", ids=None, count=2, **where) -> Result:
    boxes = torch.tensor([[1.2, 2.0, 11.25, 22.0], [30.0, 30, 40, 41]])[:count]
    origin = ImageOrigin(0, None, (48, 64))
    found = Detections(boxes, torch.tensor([0.9, 0.5])[:count], torch.tensor([1, 0])[:count], origin, None, ids)
    frame = Frame(np.full((48, 64, 3), 90, np.uint8), origin, name, **where)
    return result_of(frame, found, NAMES)


def test_prints_what_was_found():
    assert repr(result()) == "sub/a.jpg, 64 × 48: 1 Hörse, 1 cat"
    assert str(result()).splitlines()[1:] == [
        "  0.90  Hörse  1.2, 2.0 to 11.2, 22.0",
        "  0.50  cat  30.0, 30.0 to 40.0, 41.0",
    ]
    assert repr(result(count=0)) == "sub/a.jpg, 64 × 48: nothing"
    film = result(ids=torch.tensor([3, -1]), video=Video(Path("v"), 10.0), position=7, seconds=0.7)
    assert repr(film).startswith("sub/a.jpg frame 7 (0.70 s), ")
    assert "Hörse #3" in str(film)


def test_is_still_detections():
    one = result()
    assert isinstance(one, Detections)
    assert len(one) == 2
    assert one.names[int(one.labels[0])] == "Hörse"
    assert isinstance(one.to("cpu"), Result)
    assert one.rows(torch.tensor([1])).labels.tolist() == [0]
    assert one.to_supervision().data["class_name"].tolist() == ["Hörse", "cat"]


def test_draws_and_shows_and_saves(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one, shown = result(), []
    assert (one.plot() != one.image).any()
    monkeypatch.setattr(Image.Image, "show", lambda picture, **_: shown.append(np.asarray(picture)))
    one.show()
    np.testing.assert_array_equal(shown[0], one.plot())
    assert [str(one.save()) for _ in range(2)] == ["a-found.jpg", "a-found-2.jpg"]
    assert has_mark(one.save("new.png"))
    with pytest.raises(ConfigError, match=r"new\.png is there already"):
        one.save("new.png")
    assert str(result(video=Video(Path("v"), 10.0), position=12).save()) == "a-000012.jpg"


def test_crops_are_what_lies_in_the_boxes():
    assert [crop.shape for crop in result().crops()] == [(20, 11, 3), (11, 10, 3)]
    assert result(count=0).crops() == []


def test_images_of_files_and_films_are_read_again(tmp_path, model, image_file, video_file):
    pixels = image_file(tmp_path / "a.png")
    video_file(tmp_path / "v.avi", frames=4)
    found = predict(model, tmp_path, device="cpu", score_threshold=0.0, max_detections=2)
    assert all(each.pixels is None for each in found)
    np.testing.assert_array_equal(found[0].image, pixels)
    assert [round(found[place].image.mean(), -1) for place in (1, 3, 4)] == [0, 80, 120]
    assert found[2].plot().shape == (48, 64, 3)
    image_file(tmp_path / "a.png", size=(7, 9))
    with pytest.raises(DataError, match=r"a\.png has changed"):
        found[0].image  # noqa: B018


@pytest.mark.parametrize(("asked", "here"), [("orig_img", "image"), ("conf", "scores"), ("save_txt", "labels")])
def test_names_of_another_trainer_are_answered(asked, here):
    with pytest.raises(AttributeError, match=rf"no '{asked}'\. Here it is .*{here}"):
        getattr(result(), asked)
    assert not hasattr(result(), "nonsense")
