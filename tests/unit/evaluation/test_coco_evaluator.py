import json
import math
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import torch

from boxwright.errors import ConfigError, DataError
from boxwright.evaluation import CocoEvaluator
from boxwright.structures import Detections, GroundTruth, ImageOrigin, InstanceMasks


def origin(image_id: int = 0) -> ImageOrigin:
    return ImageOrigin(image_id, f"{image_id}.jpg", (100, 100))


def found(boxes=(), labels=(), scores=(), image_id=0) -> Detections:
    return Detections(
        torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4),
        torch.tensor(scores, dtype=torch.float32),
        torch.tensor(labels, dtype=torch.int64),
        origin(image_id),
    )


def truth(boxes=(), labels=(), ignore=None, image_id=0) -> GroundTruth:
    corners = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    flags = torch.zeros(len(labels), dtype=torch.bool) if ignore is None else torch.tensor(ignore, dtype=torch.bool)
    area = (corners[:, 2:] - corners[:, :2]).prod(dim=1)
    return GroundTruth(corners, torch.tensor(labels, dtype=torch.int64), flags, area, origin(image_id))


BOX, OTHER = [10.0, 10, 30, 30], [50.0, 50, 90, 90]


def test_a_case_worked_by_hand():
    # Two cats. The best detection is one of them, the second is nothing, the third is the other cat:
    # precision 1 up to recall 0.5 (51 of 101 points), then 2/3 (50 points).
    evaluator = CocoEvaluator(("cat", "dog"))
    evaluator.update([found([BOX, [0, 0, 5, 5], OTHER], [0, 0, 0], [0.9, 0.8, 0.7])], [truth([BOX, OTHER], [0, 0])])
    report = evaluator.compute()
    expected = (51 + 50 * 2 / 3) / 101
    assert report.ap == pytest.approx(expected)
    assert report.ap50 == pytest.approx(expected)
    assert report.ar_1 == pytest.approx(0.5)
    assert report.ar_max == pytest.approx(1.0)
    assert (report.num_images, report.num_targets, report.num_detections) == (1, 2, 3)
    assert report.per_class[0].precision[[0, 50, 51, 100]] == pytest.approx([1, 1, 2 / 3, 2 / 3])
    assert math.isnan(report.per_class[1].ap)
    assert report.per_class[1].num_targets == 0


def test_ignored_targets_are_not_counted():
    evaluator = CocoEvaluator(("cat",))
    evaluator.update([found([BOX, OTHER], [0, 0], [0.9, 0.8])], [truth([BOX, OTHER], [0, 0], [True, False])])
    report = evaluator.compute()
    assert report.num_targets == 1
    assert report.ap == pytest.approx(1.0)


def test_nothing_seen_gives_nan_and_json():
    report = CocoEvaluator(("cat", "dog")).compute()
    assert all(math.isnan(value) for value in report.numbers.values())
    assert [row.num_targets for row in report.per_class] == [0, 0]
    json.dumps(report.to_dict(), allow_nan=False)
    assert report.num_images == 0


def test_prints_nothing(capfd, caplog):
    evaluator = CocoEvaluator(("cat",))
    evaluator.update([found([BOX], [0], [0.5])], [truth([BOX], [0])])
    evaluator.compute()
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""
    assert not caplog.records


def test_updates_may_go_on_after_compute_and_reset_forgets():
    evaluator = CocoEvaluator(("cat",))
    evaluator.update([found([BOX], [0], [0.5])], [truth([BOX], [0])])
    first = evaluator.compute()
    assert evaluator.compute().ap == first.ap
    evaluator.update([found(image_id=1)], [truth([BOX], [0], image_id=1)])
    assert evaluator.compute().ar_max == pytest.approx(0.5)
    assert len(evaluator) == 2
    evaluator.reset()
    assert len(evaluator) == 0


def test_the_order_of_images_does_not_matter():
    pairs = [
        (found([BOX, OTHER], [0, 0], [0.5, 0.5], i), truth([BOX] if i % 2 else [OTHER], [0], image_id=i))
        for i in range(6)
    ]
    reports = []
    for order in (pairs, pairs[::-1]):
        evaluator = CocoEvaluator(("cat",))
        for detections, targets in order:
            evaluator.update([detections], [targets])
        reports.append(evaluator.compute().numbers)
    assert str(reports[0]) == str(reports[1])


@pytest.mark.parametrize(
    ("detections", "targets", "message"),
    [
        ([found()], [], "Found detections of 1 image and truths of 0"),
        ([found(image_id=1)], [truth()], "truth of image 0"),
        ([found([BOX], [2], [0.5])], [truth()], "a detection has a label"),
        ([found()], [truth([BOX], [-1])], "a target has a label"),
        ([found([BOX], [0], [float("nan")])], [truth()], "not finite"),
        ([found([[0, 0, float("inf"), 1]], [0], [0.5])], [truth()], "not finite"),
    ],
)
def test_what_cannot_be_evaluated_is_an_error(detections, targets, message):
    with pytest.raises(DataError, match=message):
        CocoEvaluator(("cat", "dog")).update(detections, targets)


def test_an_image_given_twice_is_an_error():
    evaluator = CocoEvaluator(("cat",))
    evaluator.update([found()], [truth()])
    with pytest.raises(DataError, match=r"0\.jpg: image id 0 was evaluated before"):
        evaluator.update([found()], [truth()])


def test_limits_of_detections():
    with pytest.raises(ConfigError, match="max_detections is 0"):
        CocoEvaluator(("cat",), 0)
    evaluator = CocoEvaluator(("cat",), max_detections=1)
    evaluator.update([found([OTHER, BOX], [0, 0], [0.9, 0.8])], [truth([BOX], [0])])
    assert evaluator.compute().ap == 0.0


def _masks(count: int, size: tuple[int, int] = (100, 100)) -> InstanceMasks:
    full = torch.zeros((count, *size), dtype=torch.bool)
    full[:, 10:30, 10:30] = True
    return InstanceMasks.from_boolean(full)


def _masked(image_id: int, *, with_found: bool = True) -> tuple[Detections, GroundTruth]:
    seen, there = found([BOX], [0], [0.9], image_id), truth([BOX], [0], image_id=image_id)
    return replace(seen, masks=_masks(1) if with_found else None), replace(there, masks=_masks(1))


def test_masks_have_their_own_numbers_in_the_one_report():
    evaluator = CocoEvaluator(("cat",))
    seen, there = _masked(0)
    wrong = InstanceMasks.from_boolean(~_masks(1).to_boolean())
    evaluator.update([replace(seen, masks=wrong)], [there])
    report = evaluator.compute()
    assert report.ap == pytest.approx(1.0)
    assert report.masks is not None
    assert report.masks.ap == 0.0
    assert report.numbers["mask_ap"] == 0.0


def test_detections_without_masks_are_measured_by_boxes():
    evaluator = CocoEvaluator(("cat",))
    seen, there = _masked(0, with_found=False)
    evaluator.update([seen], [there])
    assert evaluator.compute().masks is None


def test_masks_for_some_images_alone_are_an_error():
    evaluator = CocoEvaluator(("cat",))
    for image_id in (0, 1):
        seen, there = _masked(image_id, with_found=image_id == 0)
        evaluator.update([seen], [there])
    with pytest.raises(DataError, match=r"1\.jpg has no masks, other images have"):
        evaluator.compute()


def test_masks_of_another_size_than_the_truth_are_an_error():
    seen, there = _masked(0)
    larger = replace(seen.origin, size=(50, 100))
    half = Detections(seen.boxes, seen.scores, seen.labels, larger, _masks(1, (50, 100)))
    with pytest.raises(DataError, match=r"0\.jpg: masks of \(50, 100\).*against masks of \(100, 100\)"):
        CocoEvaluator(("cat",)).update([half], [there])


@pytest.mark.parametrize(
    ("labels", "most_per_image", "expected"),
    [
        ([0] * 150, None, 1),
        ([0] * 75 + [1] * 75, None, 0),  # the limit is that of a class
        ([0] * 75 + [1] * 75, 100, 1),  # and that of the detector one of the image
        ([0] * 100, 100, 0),
        ([], 100, 0),
    ],
)
def test_images_with_more_objects_than_count_are_counted(
    labels: list[int], most_per_image: int | None, expected: int
) -> None:
    boxes = [
        (60.0 * (i % 15), 60.0 * (i // 15), 60.0 * (i % 15) + 50, 60.0 * (i // 15) + 50) for i in range(len(labels))
    ]
    evaluator = CocoEvaluator(("a", "b"), most_per_image=most_per_image)
    evaluator.update([found(image_id=0), found(image_id=1)], [truth(boxes, labels), truth(image_id=1)])
    assert evaluator.compute().num_over_limit == expected
    ignored = [True] * len(labels)
    evaluator.reset()
    evaluator.update([found()], [truth(boxes, labels, ignored)])
    assert evaluator.compute().num_over_limit == 0


def test_more_objects_than_count_cap_the_numbers_until_the_limit_is_raised() -> None:
    boxes = [(60.0 * (i % 15), 60.0 * (i // 15), 60.0 * (i % 15) + 50, 60.0 * (i // 15) + 50) for i in range(150)]
    reports = []
    for limit in (100, 150):
        evaluator = CocoEvaluator(("a",), limit)
        scores = torch.linspace(0.9, 0.5, 150).tolist()
        evaluator.update([found(boxes, [0] * 150, scores)], [truth(boxes, [0] * 150)])
        reports.append(evaluator.compute())
    assert reports[0].ap == pytest.approx(67 / 101)
    assert "1 of 1 image has more objects" in reports[0].table()
    assert reports[1].ap == pytest.approx(1.0)
    assert "more objects" not in reports[1].table()


def test_a_detection_costs_few_bytes() -> None:
    draw = np.random.default_rng(0)
    corners = draw.random((100, 300, 2)) * 80
    boxes = torch.from_numpy(np.concatenate([corners, corners + 1 + draw.random((100, 300, 2)) * 19], axis=2)).float()
    labels, scores = (
        torch.from_numpy(draw.integers(0, 20, (100, 300))),
        torch.from_numpy(draw.random((100, 300))).float(),
    )
    evaluator = CocoEvaluator([str(label) for label in range(20)])
    for image in range(100):
        there = GroundTruth(
            boxes[image, :7], labels[image, :7], torch.zeros(7) > 0, torch.full((7,), 99.0), origin(image)
        )
        evaluator.update([Detections(boxes[image], scores[image], labels[image], origin(image))], [there])
    tracemalloc.start()
    try:
        evaluator.compute()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak / 30_000 < 400  # dictionaries of them took 1500


def test_ten_thousand_classes_cost_what_those_with_objects_cost() -> None:
    evaluator = CocoEvaluator([str(label) for label in range(10_000)])
    evaluator.update([found([BOX, OTHER], [9_999, 5], [0.9, 0.8])], [truth([BOX], [9_999])])
    tracemalloc.start()
    try:
        report = evaluator.compute()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (report.ap, report.per_class[9_999].ap, len(report.per_class)) == (1.0, 1.0, 10_000)
    assert peak < 64e6  # a table of all classes, sizes and thresholds takes 320 MB


def test_the_best_threshold_is_that_of_masks_where_they_are_compared() -> None:
    evaluator = CocoEvaluator(("cat",))
    seen, there = _masked(0)
    twice = replace(
        seen,
        boxes=seen.boxes.repeat(2, 1),
        scores=torch.tensor([0.9, 0.5]),
        labels=seen.labels.repeat(2),
        masks=InstanceMasks.concatenate([InstanceMasks.from_boolean(~_masks(1).to_boolean()), _masks(1)]),
    )
    evaluator.update([twice], [there])
    report = evaluator.compute()
    assert report.by_threshold is not None
    assert report.by_threshold.best_threshold == 0.69  # the box of the first one is right
    assert report.best_threshold == 0.25  # its mask is not
    assert report.summary(None)["best_threshold"] == report.summary(None)["per_class"][0]["best_threshold"] == 0.25
