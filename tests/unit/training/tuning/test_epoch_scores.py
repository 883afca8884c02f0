"""Telling a search the AP of every epoch."""

import math
from pathlib import Path

import pytest

from boxwright import train
from boxwright.training.tuning.epoch_scores import EpochScores, counted_score


class Strict:
    """Ends a trial after the second epoch that was measured."""

    def __init__(self) -> None:
        self.heard: dict[int, float] = {}

    def report(self, value: float, step: int) -> None:
        self.heard[step] = value

    def should_prune(self) -> bool:
        return len(self.heard) == 2


@pytest.mark.slow
def test_a_trial_that_is_ended_leaves_a_whole_run(tiny_data: Path, tmp_path: Path) -> None:
    judge = Strict()
    watch = EpochScores(judge)
    settings = {
        "canvas": 64,
        "batch_size": 4,
        "workers": 0,
        "accelerator": "cpu",
        "logger": "",
        "output": str(tmp_path),
    }
    settings |= {"epochs": 7, "evaluate_every": 2}
    result = train(tiny_data, "yolov5n", callbacks=[watch], **settings)
    assert (watch.epochs, watch.is_pruned, list(judge.heard)) == (4, True, [2, 4])
    assert result.report is not None
    assert max(judge.heard.values()) == result.report.ap
    assert len((result.directory / "metrics.csv").read_text().splitlines()) == 5


def test_an_ap_of_nothing_counts_as_0() -> None:
    assert (counted_score(math.nan), counted_score(0.25)) == (0.0, 0.25)
