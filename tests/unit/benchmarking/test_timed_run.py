"""A clock at every step."""

from pathlib import Path

import pytest
import torch

from boxwright.benchmarking.timed_run import StepTimes, median_over_images, timed_run
from boxwright.data import open_dataset
from boxwright.inference import Runner
from boxwright.systems import build_system


def test_every_image_has_the_time_of_its_batch() -> None:
    times = [StepTimes(4, 1.0, 2.0, None), StepTimes(1, 9.0, 9.0, None)]
    assert median_over_images(times, lambda each: each.preparation) == 1
    assert median_over_images(times[:1], lambda each: each.total) == 3
    assert StepTimes(1, 1.0, 2.0, 4.0).total == 7


@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_it_finds_what_the_runner_finds_and_times_every_batch(tiny_data: Path, batch_size: int) -> None:
    torch.manual_seed(0)
    runner = Runner(build_system("yolov8n", 2), (64, 64))
    dataset = open_dataset(tiny_data, "val")
    found, times = timed_run(runner, dataset, batch_size)
    wanted = list(runner.over(dataset, batch_size=batch_size, workers=0))
    assert list(found) == [each.origin.image_id for each in wanted]
    assert all(torch.equal(found[each.origin.image_id].boxes, each.boxes) for each in wanted)
    assert sum(each.images for each in times) == 3
    assert [each.images for each in times] == {1: [1, 1, 1], 2: [2, 1], 8: [3]}[batch_size]
    assert all(each.preparation > 0 and each.network > 0 and each.postprocessing for each in times)


class _Suppressing(Runner):
    suppresses = True


def test_a_network_that_removes_boxes_itself_has_no_time_behind_it(tiny_data: Path) -> None:
    torch.manual_seed(0)
    runner = _Suppressing(build_system("yolov8n", 2), (64, 64))
    found, times = timed_run(runner, open_dataset(tiny_data, "val"), 2)
    assert len(found) == 3
    assert [each.postprocessing for each in times] == [None, None]
    assert all(each.total == each.preparation + each.network for each in times)
