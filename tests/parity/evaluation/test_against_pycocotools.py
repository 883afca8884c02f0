"""The numbers of CocoEvaluator against those of pycocotools on the same boxes."""

import contextlib
import io
import math
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from boxwright.evaluation import CocoEvaluator
from boxwright.structures import Detections, GroundTruth, ImageOrigin

CATEGORY_IDS = (3, 7, 90)  # with gaps, as in COCO
NUMBERS = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar_1", "ar_10", "ar_max")


@dataclass
class Case:
    """Per image: rows of truth (x, y, w, h, label, crowd, area) and detections (x, y, w, h, label, score)."""

    truth: list[list[tuple]] = field(default_factory=list)
    found: list[list[tuple]] = field(default_factory=list)
    image_ids: list[int] | None = None

    @property
    def ids(self) -> list[int]:
        return self.image_ids or list(range(len(self.truth)))


def ours(case: Case, max_detections: int = 100):
    evaluator = CocoEvaluator(("a", "b", "c"), max_detections)
    for image_id, truth, found in zip(case.ids, case.truth, case.found, strict=True):
        origin = ImageOrigin(image_id, None, (1000, 1000))
        rows = torch.tensor([row[:6] for row in found], dtype=torch.float64).reshape(-1, 6)
        targets = torch.tensor(truth, dtype=torch.float64).reshape(-1, 7)
        evaluator.update(
            [Detections(xyxy(rows), rows[:, 5].float(), rows[:, 4].long(), origin)],
            [GroundTruth(xyxy(targets), targets[:, 4].long(), targets[:, 5] > 0, targets[:, 6].float(), origin)],
        )
    return evaluator.compute()


def xyxy(rows):
    return torch.cat((rows[:, :2], rows[:, :2] + rows[:, 2:4]), dim=1).float()


def reference(case: Case, max_detections: int = 100):
    """Runs pycocotools; gives its 9 numbers and the (AP, AP50, curve) of every class."""
    annotations, results = [], []
    for image_id, truth, found in zip(case.ids, case.truth, case.found, strict=True):
        for x, y, w, h, label, crowd, area in truth:
            row = {"image_id": image_id, "category_id": CATEGORY_IDS[label], "bbox": [x, y, w, h]}
            annotations.append({**row, "id": len(annotations) + 1, "area": area, "iscrowd": int(crowd)})
        for x, y, w, h, label, score in found:
            row = {"image_id": image_id, "category_id": CATEGORY_IDS[label], "bbox": [x, y, w, h]}
            results.append({**row, "score": float(np.float32(score))})
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "info": {},
            "images": [{"id": image_id} for image_id in case.ids],
            "categories": [{"id": each, "name": str(each)} for each in CATEGORY_IDS],
            "annotations": annotations,
        }
        coco.createIndex()
        loaded = COCO()
        loaded.dataset = {key: coco.dataset[key] for key in ("images", "categories")}
        loaded.dataset["annotations"] = [
            {**row, "id": i + 1, "area": row["bbox"][2] * row["bbox"][3]} for i, row in enumerate(results)
        ]
        loaded.createIndex()
        evaluation = COCOeval(coco, loaded, "bbox")
        evaluation.params.maxDets = [1, 10, max_detections]
        evaluation.evaluate()
        evaluation.accumulate()
    precision, recall = evaluation.eval["precision"], evaluation.eval["recall"]
    at = [precision[..., 0, -1], precision[:1, ..., 0, -1], precision[5:6, ..., 0, -1]]
    at += [precision[..., size, -1] for size in (1, 2, 3)] + [recall[..., 0, limit] for limit in (0, 1, 2)]
    classes = [
        (known_mean(precision[:, :, k, 0, -1]), known_mean(precision[0, :, k, 0, -1]), precision[0, :, k, 0, -1])
        for k in range(len(CATEGORY_IDS))
    ]
    return [known_mean(values) for values in at], classes


def known_mean(values) -> float:
    known = values[values > -1]
    return float(np.mean(known)) if known.size else math.nan


def assert_equal(case: Case, max_detections: int = 100) -> list[float]:
    report = ours(case, max_detections)
    numbers, classes = reference(case, max_detections)
    np.testing.assert_allclose([getattr(report, name) for name in NUMBERS], numbers, rtol=0, atol=1e-12)
    for row, (ap, ap50, curve) in zip(report.per_class, classes, strict=True):
        np.testing.assert_allclose([row.ap, row.ap50], [ap, ap50], rtol=0, atol=1e-12)
        np.testing.assert_allclose(row.precision, np.where(curve < 0, np.nan, curve), rtol=0, atol=1e-12)
    return numbers


def target(x, y, w, h, label=0, crowd=False, area=None):
    return (x, y, w, h, label, crowd, w * h if area is None else area)


def random_case(seed: int, images: int = 6, targets: int = 12, scores: int = 12, labels: int = 3) -> Case:
    """Detections are shaken copies of targets and inventions, with coarse scores so that ties are common."""
    draw = np.random.default_rng(seed)
    case = Case()
    for _ in range(images):
        truth = []
        for _ in range(draw.integers(0, targets)):
            w, h = (float(each) for each in draw.choice([6, 20, 31, 32, 33, 60, 96, 97, 300], 2))
            x, y = (float(each) for each in draw.integers(0, 200, 2))
            area = w * h * draw.choice([1.0, 0.5])
            truth.append(target(x, y, w, h, int(draw.integers(labels)), bool(draw.random() < 0.2), float(area)))
        found = []
        for row in truth * 2:
            x, y, w, h = np.array(row[:4]) + draw.integers(-3, 4, 4) * draw.choice([0, 1, 3])
            label = row[4] if draw.random() < 0.8 else int(draw.integers(labels))
            found.append((x, y, max(w, 1.0), max(h, 1.0), label, draw.integers(1, scores) / scores))
        for _ in range(draw.integers(0, 6)):
            x, y, w, h = (float(each) for each in draw.integers(1, 150, 4))
            found.append((x, y, w, h, int(draw.integers(labels)), draw.integers(1, scores) / scores))
        order = draw.permutation(len(found))
        case.truth.append(truth)
        case.found.append([found[i] for i in order])
    return case


@pytest.mark.parametrize("seed", range(25))
def test_random(seed):
    assert_equal(random_case(seed))


@pytest.mark.parametrize("max_detections", [10, 25, 300])
def test_other_limits(max_detections):
    assert_equal(random_case(1, images=3, targets=60), max_detections)


def test_more_than_a_hundred_detections_per_image():
    draw = np.random.default_rng(0)
    truth = [target(float(i % 20) * 30, float(i // 20) * 30, 25.0, 25.0) for i in range(200)]
    found = [(*row[:4], 0, float(draw.integers(1, 50)) / 50) for row in truth]
    found += [(*row[:5], row[5] / 100) for row in found]
    numbers = assert_equal(Case([truth], [found]))
    assert numbers[8] == pytest.approx(0.5)  # 100 of 200 can be found


def test_perfect():
    case = random_case(3)
    case.found = [[(*row[:5], 1.0) for row in truth if not row[5]] for truth in case.truth]
    numbers = assert_equal(case)
    assert numbers[0] == pytest.approx(1.0)


def test_no_detections_at_all():
    case = random_case(4)
    case.found = [[] for _ in case.truth]
    numbers = assert_equal(case)
    assert numbers[0] == 0.0


def test_no_truth_at_all():
    case = random_case(5)
    case.truth = [[] for _ in case.truth]
    numbers = assert_equal(case)
    assert all(math.isnan(number) for number in numbers)


def test_neither_truth_nor_detections():
    assert_equal(Case([[], []], [[], []]))


def test_categories_without_objects():
    case = random_case(6, labels=1)
    case.found = [[(*row[:4], i % 3, row[5]) for i, row in enumerate(found)] for found in case.found]
    report = ours(case)
    assert_equal(case)
    assert [row.num_targets > 0 for row in report.per_class] == [True, False, False]
    assert math.isnan(report.per_class[1].ap)


def test_only_crowds():
    case = random_case(7)
    case.truth = [[(*row[:5], True, row[6]) for row in truth] for truth in case.truth]
    report = ours(case)
    assert_equal(case)
    assert report.num_targets == 0


def test_detections_inside_a_crowd_do_not_count():
    inside = [(10.0 + i, 10.0, 5.0, 5.0, 0, 0.9) for i in range(20)]
    truth = [target(0.0, 0.0, 100.0, 100.0, crowd=True), target(300.0, 300.0, 50.0, 50.0)]
    numbers = assert_equal(Case([truth], [[*inside, (300.0, 300.0, 50.0, 50.0, 0, 0.1)]]))
    assert numbers[0] == pytest.approx(1.0)


def test_duplicate_boxes_and_one_score_for_all():
    truth = [target(10.0, 10.0, 40.0, 40.0), target(10.0, 10.0, 40.0, 40.0), target(10.0, 10.0, 40.0, 40.0, 1)]
    found = [(10.0, 10.0, 40.0, 40.0, i % 2, 0.5) for i in range(9)]
    assert_equal(Case([truth, truth], [found, found[::-1]]))


def test_ties_between_images_are_broken_by_image_id():
    truth = [[target(10.0, 10.0, 40.0, 40.0)], [target(10.0, 10.0, 40.0, 40.0)], [target(10.0, 10.0, 40.0, 40.0)]]
    good, bad = (10.0, 10.0, 40.0, 40.0, 0, 0.5), (200.0, 200.0, 40.0, 40.0, 0, 0.5)
    found = [[good], [bad, good], [bad]]
    first = assert_equal(Case(truth, found, [10, 5, 2_000_000_000]))
    second = assert_equal(Case(truth, found, [5, 10, 7]))
    assert first[1] != second[1]


def test_overlap_of_exactly_the_threshold_is_a_match():
    truth = [target(0.0, 0.0, 40.0, 20.0)]
    assert assert_equal(Case([truth], [[(0.0, 0.0, 20.0, 20.0, 0, 0.9)]]))[1] == pytest.approx(1.0)


def test_size_borders_belong_to_both_sides():
    truth = [target(0.0, 0.0, 32.0, 32.0), target(100.0, 0.0, 96.0, 96.0), target(300.0, 0.0, 32.0, 31.0)]
    assert_equal(Case([truth], [[(*row[:5], 0.5) for row in truth]]))


def test_boxes_without_area():
    truth = [target(5.0, 5.0, 0.0, 10.0), target(50.0, 50.0, 10.0, 10.0)]
    assert_equal(Case([truth], [[(5.0, 5.0, 0.0, 10.0, 0, 0.5), (50.0, 50.0, 10.0, 10.0, 0, 0.4)]]))


side = st.integers(0, 60).map(lambda each: each / 2)
box = st.tuples(side, side, side, side)
truth_row = st.builds(lambda b, label, crowd: target(*b, label, crowd), box, st.integers(0, 2), st.booleans())
found_row = st.builds(lambda b, label, score: (*b, label, score / 4), box, st.integers(0, 2), st.integers(0, 4))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.lists(truth_row, max_size=6), st.lists(found_row, max_size=10)), min_size=1, max_size=4))
def test_adversarial(images):
    assert_equal(Case([truth for truth, _ in images], [found for _, found in images]))
