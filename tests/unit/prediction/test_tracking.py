import json
import sys

import numpy as np
import pytest
import torch

from boxwright.errors import ConfigError, MissingExtraError
from boxwright.prediction import Frame, Video, predict
from boxwright.prediction.tracking import TRACKERS, Tracking
from boxwright.structures import Detections, ImageOrigin, InstanceMasks

SIZE = (200, 400)


def film(tmp_path, name="one.mp4") -> Video:
    return Video(tmp_path / name, 10.0)


def frame(number: int, video: Video | None) -> Frame:
    origin = ImageOrigin(number, None, SIZE)
    return Frame(np.zeros((*SIZE, 3), np.uint8), origin, "a", video, number, number / 10)


def found(number: int, *objects: tuple[float, float, float]) -> Detections:
    """Objects as left, top and score, 40 pixels wide; best first."""
    rows = sorted(objects, key=lambda each: -each[2])
    boxes = torch.tensor([[left, top, left + 40, top + 40] for left, top, _ in rows]).reshape(-1, 4)
    scores = torch.tensor([score for _, _, score in rows])
    return Detections(boxes, scores, torch.zeros(len(rows), dtype=torch.int64), ImageOrigin(number, None, SIZE))


@pytest.mark.parametrize("kind", TRACKERS)
def test_objects_keep_their_numbers_while_scores_change_places(kind, tmp_path):
    tracking, video = Tracking(kind, 0.25), film(tmp_path)
    seen = {}
    for number in range(20):
        scores = (0.9, 0.6) if number % 2 else (0.6, 0.9)
        given = found(number, (10.0 + 5 * number, 20.0, scores[0]), (300.0 - 5 * number, 120.0, scores[1]))
        numbered = tracking(frame(number, video), given)
        assert torch.equal(numbered.boxes, given.boxes)
        for top, identity in zip(numbered.boxes[:, 1].tolist(), numbered.ids.tolist(), strict=True):
            seen.setdefault(top, []).append(identity)
    assert sorted((set(each[1:]) for each in seen.values()), key=max) == [{1}, {2}]
    assert {each[0] for each in seen.values()} == {-1}  # seen once, it might be a false alarm


def test_an_object_that_was_hidden_comes_back_with_its_number(tmp_path):
    tracking, video = Tracking("bytetrack", 0.25), film(tmp_path)
    ids = []
    for number in range(12):
        there = [] if number in (5, 6) else [(10.0 + 4 * number, 20.0, 0.9)]
        ids += tracking(frame(number, video), found(number, *there)).ids.tolist()
    assert ids == [-1] + [1] * 9


def test_weak_detections_keep_an_object_alive_and_are_not_shown(tmp_path):
    tracking, video = Tracking("bytetrack", 0.5), film(tmp_path)
    assert tracking.least_score == 0.1
    ids = []
    for number in range(60):
        is_weak = 5 <= number < 50  # longer than any tracker waits
        numbered = tracking(frame(number, video), found(number, (10.0 + 4 * number, 20.0, 0.2 if is_weak else 0.9)))
        assert len(numbered) == (0 if is_weak else 1)
        ids += numbered.ids.tolist()
    assert set(ids[1:]) == {1}


def test_every_film_begins_anew_and_images_have_no_numbers(tmp_path):
    tracking = Tracking("bytetrack", 0.25)
    one, two = film(tmp_path), film(tmp_path, "two.mp4")
    for video in (one, two):
        for number in range(3):
            numbered = tracking(frame(number, video), found(number, (10.0, 20.0, 0.9)))
        assert numbered.ids.tolist() == [1]
    assert tracking(frame(0, None), found(0, (10.0, 20.0, 0.9))).ids is None


def test_nothing_found_and_frames_at_one_time_are_no_fault(tmp_path):
    tracking, video = Tracking("bytetrack", 0.25), film(tmp_path)
    assert tracking(frame(0, video), found(0)).ids.tolist() == []
    ids = [tracking(frame(1, video), found(1, (10.0, 20.0, 0.9))).ids.tolist() for _ in range(3)]
    assert ids == [[-1], [1], [1]]


def test_masks_stay_with_their_objects(tmp_path):
    full = torch.zeros(2, *SIZE, dtype=torch.bool)
    full[0, :9, :9] = full[1, :5, :5] = True
    given = found(0, (10.0, 20.0, 0.9), (200.0, 20.0, 0.2))
    given = Detections(given.boxes, given.scores, given.labels, given.origin, InstanceMasks.from_boolean(full))
    assert Tracking("bytetrack", 0.25)(frame(0, film(tmp_path)), given).masks.areas.tolist() == [81]


def test_ids_are_in_the_results_and_the_file(tmp_path, model, video_file):
    video_file(tmp_path / "v.avi", frames=4)
    settings = {"tracker": "bytetrack", "device": "cpu", "score_threshold": 0.3, "save": ("json", "pictures")}
    results = predict(model, tmp_path / "v.avi", output=tmp_path / "out", **settings)
    rows = json.loads((tmp_path / "out" / "detections.json").read_text())
    assert [row["track_id"] for row in rows] == [identity for each in results for identity in each.ids.tolist()]
    assert any(row["track_id"] > 0 for row in rows)


@pytest.mark.parametrize("kind", ["file", "folder", "array", "bytes", "list"])
def test_a_source_without_a_film_is_refused(kind, tmp_path, model, image_file):
    pixels = image_file(tmp_path / "in" / "a.png")
    source = {
        "file": tmp_path / "in" / "a.png",
        "folder": tmp_path / "in",
        "array": pixels,
        "bytes": (tmp_path / "in" / "a.png").read_bytes(),
        "list": [pixels, tmp_path / "in" / "a.png"],
    }[kind]
    with pytest.raises(ConfigError, match=r"the source has no film\. Leave tracker out, or give the film"):
        predict(model, source, tracker="bytetrack", device="cpu")


def test_what_is_read_as_it_comes_is_judged_at_its_end(tmp_path, model, image_file, video_file):
    pixels = image_file(tmp_path / "a.png")
    video_file(tmp_path / "v.avi", frames=2)
    with pytest.warns(UserWarning, match="the source has no film. Nothing was numbered"):
        predict(model, iter([pixels]), tracker="sort", device="cpu")
    found = predict(model, [tmp_path / "a.png", tmp_path / "v.avi"], tracker="sort", device="cpu")
    assert [each.ids is None for each in found] == [True, False, False]


def test_unknown_and_missing_trackers(monkeypatch):
    with pytest.raises(ConfigError, match="Did you mean 'bytetrack'"):
        Tracking("bytetracker", 0.25)
    monkeypatch.setitem(sys.modules, "trackers", None)
    with pytest.raises(MissingExtraError, match=r"boxwright\[tracking\]"):
        Tracking("bytetrack", 0.25)
