"""Shares of hand-made data sets, known beforehand."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from boxwright.inspection.diagnosis.subject import Subject
from boxwright.inspection.diagnosis.survey.batches import Sight
from boxwright.inspection.diagnosis.survey.survey import looks_at_predictions, overlap_threshold, survey
from boxwright.systems import build_system

CANVAS = (64, 64)


def test_a_target_smaller_than_every_anchor_has_no_positive(mixed) -> None:
    told: list[tuple[int, int]] = []
    found = survey(Subject("yolov5n", CANVAS), mixed, progress=lambda *seen: told.append(seen))
    assert found.tally.is_without.tolist() == [True, False, False, False]
    assert (found.tally.num_images, found.tally.ignored_regions) == (3, 1)
    assert (found.strides, found.priors) == ((8, 16, 32), (192, 48, 12))
    assert (found.is_dynamic, found.threshold, found.max_stride) == (False, None, 32)
    assert told == [(3, 3)]


def test_in_a_crowd_conflicts_are_counted_and_the_paper_loses_nobody(hand_made) -> None:
    """Two targets share their best prior: whoever comes last has it in torchvision's dialect."""
    crowd = hand_made([(100, 100, 110, 110), (100, 100, 110, 111)], side=224)
    last = survey(Subject("ssd_tiny", (224, 224), {"dialect": "torchvision"}), crowd)
    assert last.tally.is_without.tolist() == [True, False]
    assert last.tally.lost is not None
    assert (last.tally.lost.sum(axis=1) > 0).tolist() == [True, False]
    paper = survey(Subject("ssd_tiny", (224, 224)), crowd)
    assert paper.tally.is_without.tolist() == [False, False]
    assert (paper.tally.best < 0.5).all()
    assert paper.threshold == 0.5


def test_a_target_between_the_points_has_no_candidate(hand_made) -> None:
    """Centres of cells lie at 4, 8, 12, 16, 20, 24 …; releases up to 8.3 looked inside the box only."""
    tiny = hand_made([(8.5, 8.5, 11.5, 11.5), (8, 8, 56, 56)], [(12.5, 12.5, 15.5, 15.5)])
    sight = Sight(batch_size=2)
    published = survey(Subject("yolov8n", CANVAS, {"dialect": "mid"}), tiny, sight)
    assert published.is_dynamic
    assert published.tally.is_without[[0, 2]].all()
    assert published.tally.best[[0, 2]].tolist() == [0, 0]
    sure = survey(Subject("yolov8n", CANVAS, {"dialect": "mid", "guarantee": True}), tiny, sight)
    assert not sure.tally.is_without.any()
    assert (sure.tally.best[[0, 2]] > 0).all()


def test_a_survey_is_the_same_again_and_needs_no_reasons(mixed) -> None:
    sight = Sight(batch_size=2)
    first = survey(Subject("yolov8n", CANVAS), mixed, sight)
    again = survey(Subject("yolov8n", CANVAS), mixed, sight, reasons=False)
    for column in ("positives", "best", "sizes", "is_beyond"):
        np.testing.assert_array_equal(getattr(first.tally, column), getattr(again.tally, column))
    assert first.tally.lost is not None
    assert again.tally.lost is None


def test_a_system_of_ones_own_runs_as_it_is(mixed) -> None:
    """Nobody puts published weights into it, and what its norms have learned counts where it is in evaluation mode."""

    def start(detector: object) -> str:
        raise AssertionError("it has weights")

    torch.manual_seed(0)
    own = replace(build_system("yolov8n", len(mixed.categories)), start=start)
    before = {name: value.clone() for name, value in own.detector.state_dict().items()}
    subject = Subject(own.name, CANVAS, own.options, own=own)
    fresh = survey(subject, mixed).tally.best
    own.detector.eval()
    trained = survey(subject, mixed).tally.best
    assert not np.array_equal(fresh, trained)
    assert all(torch.equal(value, before[name]) for name, value in own.detector.state_dict().items())


def test_no_target_at_all(hand_made) -> None:
    found = survey(Subject("yolov5n", CANVAS), hand_made([], []))
    assert (len(found.tally), found.tally.num_images) == (0, 2)


@pytest.mark.parametrize(
    ("name", "is_dynamic", "threshold"),
    [
        ("yolov8n", True, None),
        ("yolov5n", False, None),
        ("retinanet_r18", False, 0.5),
        ("fcos_r18", False, None),
        ("ssd_tiny", False, 0.5),
    ],
)
def test_what_kind_an_assigner_is(name: str, is_dynamic: bool, threshold: float | None) -> None:
    system = Subject(name, CANVAS).build(1, has_weights=False)
    assert looks_at_predictions(system, system.prior_generator(CANVAS, "cpu")) is is_dynamic
    assert overlap_threshold(system.criterion.assigner) == threshold


def test_a_new_network_is_as_in_training_and_a_trained_one_is_not(mixed, tmp_path, monkeypatch) -> None:
    from boxwright.systems import save_model

    path = tmp_path / "model.pt"
    system = Subject("yolov8n", CANVAS).build(2)
    save_model(path, system, categories=mixed.categories, canvas_size=CANVAS, config={})
    modes: list[bool] = []
    forward = type(system.detector).forward

    def record(self, images: torch.Tensor):
        modes.append(self.training)
        return forward(self, images)

    monkeypatch.setattr(type(system.detector), "forward", record)
    survey(Subject("yolov8n", CANVAS), mixed)
    survey(Subject("yolov8n", CANVAS, checkpoint=path), mixed)
    assert modes == [True, False]
