"""Detections are matched beside the network, and the numbers are those of matching at the end."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.unit.evaluation.drawn_scenes import shaken_scenes

from boxwright.data import open_dataset
from boxwright.data.tiles.tiled import Tiled
from boxwright.errors import DataError
from boxwright.evaluation import CocoEvaluator, Report, scoring
from boxwright.evaluation.scoring import Scoring
from boxwright.geometry.tiling import Tiling
from boxwright.structures import Detections, GroundTruth, Sample

CATEGORIES = ("a", "b", "c")
SCENES = shaken_scenes(5, 30)


class _Truths:
    """A data set of truths."""

    categories = CATEGORIES
    category_ids = (1, 2, 3)

    def __len__(self) -> int:
        return len(SCENES)

    def __getitem__(self, position: int) -> Sample:
        raise AssertionError("images are not needed")

    def truth(self, position: int) -> GroundTruth:
        return SCENES[position][1]


FOUND = [found for found, _ in SCENES]


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> Scoring:
    monkeypatch.setattr(scoring, "PORTION", 4)
    return Scoring(_Truths(), 100)


@pytest.mark.parametrize("seed", [None, 0, 1])
def test_the_numbers_are_those_of_matching_at_the_end(begun: Scoring, seed: int | None) -> None:
    evaluator = CocoEvaluator(CATEGORIES)
    evaluator.update(FOUND, [truth for _, truth in SCENES])
    order = np.arange(len(FOUND)) if seed is None else np.random.default_rng(seed).permutation(len(FOUND))
    for start in range(0, len(order), 3):
        begun.add([FOUND[place] for place in order[start : start + 3]])
    assert repr(begun.report().to_dict()) == repr(evaluator.compute().to_dict())


def test_matching_runs_in_a_thread_of_its_own_and_no_more_than_a_few_portions_wait(
    begun: Scoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go, names = threading.Event(), set()
    update = CocoEvaluator.update

    def slow(*given: object) -> None:
        names.add(threading.current_thread().name)
        assert may_go.wait(20)
        update(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(CocoEvaluator, "update", slow)
    begun.add(FOUND[:8])  # does not wait
    adding = threading.Thread(target=lambda: begun.add(FOUND[8:]))
    adding.start()
    adding.join(0.2)
    assert adding.is_alive()  # it has to wait
    may_go.set()
    adding.join(20)
    assert begun.report().num_images == len(FOUND)
    assert threading.current_thread().name not in names


@pytest.mark.parametrize("place", [0, 15, 29])
def test_an_error_of_the_thread_comes_out_with_its_message(begun: Scoring, place: int) -> None:
    wrong = [replace(each, scores=each.scores * torch.nan) if k == place else each for k, each in enumerate(FOUND)]
    with pytest.raises(DataError, match=f"^{place}.png: a detection has a score or box that is not finite"):
        _report_of(begun, wrong)


def test_an_image_that_is_missing_or_comes_twice_is_an_error(begun: Scoring) -> None:
    begun.add(FOUND[:3])
    with pytest.raises(DataError, match=r"0.png: the data set has no image 0, or it was added before"):
        begun.add(FOUND[:1])
    with pytest.raises(DataError, match="Of 30 images of the data set 27 came without detections"):
        begun.report()


def test_a_data_set_without_images_has_no_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Truths, "__len__", lambda _: 0)
    found: list[Detections] = []
    assert np.isnan(_report_of(Scoring(_Truths(), 100), found).ap)


def _report_of(begun: Scoring, found: list[Detections]) -> Report:
    for each in found:
        begun.add([each])
    return begun.report()


def test_tiles_are_put_together_and_compared_with_whole_images(tiny_data: Path) -> None:
    dataset = open_dataset(tiny_data, "val")
    tiles = Tiled(dataset, Tiling((40, 40), 0.25))
    one = Scoring(tiles, 100, most_per_image=1)
    for number in reversed(range(len(tiles))):
        truth = tiles.truth(number)
        one.add([Detections(truth.boxes, torch.ones(len(truth)), truth.labels, truth.origin)])
    report = one.report()
    assert report.most_per_image is None
    assert report.ap50 > 0.5  # of those that fit into a tile; some do not fit into the overlap
