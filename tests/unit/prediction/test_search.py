import json
import threading
import tracemalloc
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.prediction import Frame, Predictor, predict
from boxwright.prediction.frames import Video
from boxwright.structures import Detections, ImageOrigin, InstanceMasks

LOOSE = {"device": "cpu", "score_threshold": 0.0, "max_detections": 6}
ALL = ("pictures", "json", "crops", "labels")


@pytest.fixture
def folder(tmp_path, image_file, video_file):
    for number in range(7):
        image_file(tmp_path / "in" / f"{number}.png", number, size=(40 + 3 * number, 60))
    video_file(tmp_path / "in" / "5v.avi", frames=6)
    video_file(tmp_path / "in" / "w.avi", frames=3)
    return tmp_path / "in"


def files(folder) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_threads_change_nothing(tmp_path, model, folder):
    made = []
    for workers in (0, 1, 3):
        found = predict(model, folder, output=tmp_path / str(workers), save=ALL, workers=workers, **LOOSE)
        made.append(
            ([(each.name, each.position, each.boxes.tolist()) for each in found], files(tmp_path / str(workers)))
        )
    assert len(made[0][0]) == 16
    assert {"0.png", "5v.mp4", "detections.json", "labels/0.txt", "labels/5v-000005.txt"} <= set(made[0][1])
    for results, written in made[1:]:
        assert results == made[0][0]
        assert set(written) == set(made[0][1])
        assert all(written[name] == made[0][1][name] for name in written if not name.endswith(".mp4"))


@pytest.mark.parametrize("workers", [0, 2])
def test_a_stream_reads_as_results_are_asked_for_and_leaves_no_thread(model, tmp_path, workers):
    taken, before = [], threading.active_count()

    def images():
        for number in range(200):
            taken.append(number)
            yield np.zeros((20, 30, 3), np.uint8)

    results = predict(model, images(), stream=True, workers=workers, batch_size=2, output=tmp_path, **LOOSE)
    assert not taken
    for _ in range(3):
        next(results)
    assert len(taken) < 30
    results.close()
    assert threading.active_count() == before
    assert sorted(files(tmp_path))[:3] == ["image-000000.png", "image-000001.png", "image-000002.png"]


def test_who_stops_in_a_film_has_what_was_written(model, tmp_path, video_file):
    video_file(tmp_path / "v.avi", frames=6)
    results = predict(model, tmp_path / "v.avi", output=tmp_path / "out", stream=True, workers=2, save=ALL[:2], **LOOSE)
    for _ in range(2):
        next(results)
    results.close()
    assert sorted(files(tmp_path / "out")) == ["detections.json", "v.mp4"]
    rows = json.loads((tmp_path / "out" / "detections.json").read_text())
    assert {row["frame"] for row in rows} >= {0, 1}


def _masks_in(_predictor, frames, _batch_size, *, workers):
    """Finds 20 masks of 100 × 100 pixels in every frame, 25 kB."""
    crops = [torch.ones(100, 100, dtype=torch.bool)] * 20
    for frame in frames:
        windows = torch.tensor([[5 * n, 3 * n, 5 * n + 100, 3 * n + 100] for n in range(20)])
        masks = InstanceMasks.from_crops(windows, crops, (240, 320))
        label = torch.zeros(20, dtype=torch.int64)
        yield frame, Detections(windows.float(), torch.linspace(0.9, 0.3, 20), label, frame.origin, masks)


@pytest.fixture
def film(monkeypatch):
    """Gives a film of so many frames with masks to whatever predicts, and its pictures as weak references."""

    def of(length, picture=None):
        pictures = []

        def frames(*_, **__):
            video = Video(Path("v.mp4"), 25.0)
            for number in range(length):
                shown = np.zeros((240, 320, 3), np.uint8) if picture is None else picture
                pictures.append(weakref.ref(shown))
                yield Frame(shown, ImageOrigin(number, "v.mp4", (240, 320)), "v.mp4", video, number, number / 25)

        monkeypatch.setattr("boxwright.prediction.search.read_frames", frames)
        return pictures

    monkeypatch.setattr(Predictor, "over", _masks_in)
    monkeypatch.setattr("boxwright.prediction.search.listed", lambda source: [])
    return of


@pytest.mark.parametrize("stream", [True, False])
def test_memory_does_not_grow_with_the_length_of_a_film(model, monkeypatch, film, stream):
    """A frame with masks takes 25 kB, 240 of them 6 MB; a list may hold what its first megabyte says."""
    monkeypatch.setattr("boxwright.prediction.results.MOST_BYTES", 2**20)
    peaks, picture = [], np.zeros((240, 320, 3), np.uint8)
    for length in (60, 240):
        film(length, picture)
        tracemalloc.start()
        assert sum(1 for _ in predict(model, "v.mp4", stream=stream, workers=2)) == length
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]


def test_writing_holds_only_the_frames_that_threads_work_on(model, tmp_path, film):
    """Counted: what is measured of the process has what its libraries remember of names in it."""
    pictures, found, held = film(100), [], []
    for result in predict(model, "v.mp4", stream=True, workers=2, output=tmp_path, save=["pictures", "json", "labels"]):
        found.append(weakref.ref(result.boxes))
        held.append([sum(each() is not None for each in list(refs)) for refs in (pictures, found)])
    assert len(found) == 100
    assert max(pictures_held for pictures_held, _ in held) <= 16
    assert max(found_held for _, found_held in held) <= 2


def test_one_box_is_drawn_once(model):
    photos = [np.random.default_rng(n).integers(0, 256, (64, 96, 3), dtype=np.uint8) for n in range(3)]
    loose = {"device": "cpu", "score_threshold": 0.2, "max_detections": 10_000, "iou_threshold": 1.0}
    published, once = (predict(model, photos, one_class_per_box=one, **loose) for one in (False, True))
    for both, each in zip(published, once, strict=True):
        rows = {tuple(row) for row in both.boxes.tolist()}
        assert len(rows) <= len(each) < len(both)  # two of the boxes may be one by chance, after they were cut
        assert {tuple(row) for row in each.boxes.tolist()} == rows
    of_class, of_any = (
        predict(model, photos, class_agnostic=any_, **(loose | {"iou_threshold": 0.4})) for any_ in (False, True)
    )
    assert all(0 < len(one) < len(two) for one, two in zip(of_any, of_class, strict=True))


def test_filters_take_a_part_of_what_is_found(model):
    photo = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    loose = {"device": "cpu", "score_threshold": 0.2, "max_detections": 10_000}
    every = predict(model, photo, **loose)[0]
    size = (every.boxes[:, 2:] - every.boxes[:, :2]).prod(dim=1).sqrt()
    middle = float(size.median()) + 0.01
    for settings, rows in (
        ({"classes": "Hörse"}, every.labels == 1),
        ({"classes": [0]}, every.labels == 0),
        ({"min_size": middle}, size >= middle),
        ({"max_size": middle}, size <= middle),
        ({"classes": ["cat"], "min_size": middle}, (every.labels == 0) & (size >= middle)),
    ):
        part = predict(model, photo, **loose, **settings)[0]
        assert 0 < len(part) < len(every)
        assert torch.equal(part.boxes, every.boxes[rows])
        assert torch.equal(part.labels, every.labels[rows])
    best = predict(model, photo, **(loose | {"max_detections": 3}), classes="Hörse")[0]
    assert torch.equal(best.boxes, every.boxes[every.labels == 1][:3])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"classes": ["cow"]}, "Unknown category 'cow'"),
        ({"min_size": -1.0}, "min_size is -1"),
        ({"tracker": "bytetracker"}, "Did you mean 'bytetrack'"),
        ({"workers": -1}, "workers must be from 0"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"save": ["label"]}, "Did you mean 'labels'"),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_what_is_wrong_is_said_at_once(model, settings, message, stream):
    with pytest.raises(ConfigError, match=message):
        predict(model, np.zeros((40, 60, 3), np.uint8), device="cpu", stream=stream, **settings)


@pytest.mark.parametrize("source", [0, "0", ["0"], "rtsp://host/yard"])
def test_a_list_of_a_camera_has_no_end(model, source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="Give stream=True"):
        predict(model, source)


def test_the_published_rule_is_that_of_evaluation(model):
    system, card = model
    photo = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    published = Predictor(system, card, device="cpu", one_class_per_box=False)
    assert published.system.postprocessor == system.postprocessor
    changed = replace(system.postprocessor, multi_label=False)
    assert Predictor(system, card, device="cpu").system.postprocessor == changed
    assert len(next(published([photo]))) > 0
