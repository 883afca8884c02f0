"""Mask AP of CocoEvaluator against that of pycocotools on the same masks."""

import contextlib
import io
import math
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as mask_code
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from boxwright.evaluation import CocoEvaluator
from boxwright.structures import Detections, GroundTruth, ImageOrigin, InstanceMasks

NUMBERS = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar_1", "ar_10", "ar_max")
LABELS = 3


@dataclass
class Case:
    """Per image: its size, rows of truth (mask, label, crowd, area) and detections (mask, label, score)."""

    size: tuple[int, int] = (64, 80)
    truth: list[list[tuple]] = field(default_factory=list)
    found: list[list[tuple]] = field(default_factory=list)


def stacked(rows, size):
    return np.stack([row[0] for row in rows]) if rows else np.zeros((0, *size), bool)


def ours(case: Case, max_detections: int = 100):
    evaluator = CocoEvaluator(("a", "b", "c"), max_detections)
    for image_id, (truth, found) in enumerate(zip(case.truth, case.found, strict=True)):
        origin = ImageOrigin(image_id, None, case.size)
        there = InstanceMasks.from_boolean(torch.from_numpy(stacked(truth, case.size)))
        seen = InstanceMasks.from_boolean(torch.from_numpy(stacked(found, case.size)))
        columns = [torch.tensor([row[place] for row in truth]) for place in (1, 2, 3)]
        labels, scores = (torch.tensor([row[place] for row in found]) for place in (1, 2))
        evaluator.update(
            [Detections(seen.boxes, scores.float(), labels.long(), origin, seen)],
            [GroundTruth(there.boxes, columns[0].long(), columns[1].bool(), columns[2].float(), origin, there)],
        )
    return evaluator.compute()


def encoded(mask):
    return mask_code.encode(np.asfortranarray(mask.astype(np.uint8)))


def reference(case: Case, kind: str, max_detections: int = 100):
    """Runs pycocotools on the masks, or on the boxes around them."""
    annotations, results = [], []
    for image_id, (truth, found) in enumerate(zip(case.truth, case.found, strict=True)):
        for mask, label, crowd, area in truth:
            rle = encoded(mask)
            row = {"image_id": image_id, "category_id": label, "segmentation": rle, "iscrowd": int(crowd), "area": area}
            annotations.append({**row, "bbox": mask_code.toBbox(rle).tolist(), "id": len(annotations) + 1})
        for mask, label, score in found:
            rle = encoded(mask)
            box = mask_code.toBbox(rle).tolist()
            area = float(mask_code.area(rle)) if kind == "segm" else box[2] * box[3]
            row = {"image_id": image_id, "category_id": label, "segmentation": rle, "score": float(np.float32(score))}
            results.append({**row, "bbox": box, "area": area, "id": len(results) + 1})
    with contextlib.redirect_stdout(io.StringIO()):
        images = [{"id": i, "height": case.size[0], "width": case.size[1]} for i in range(len(case.truth))]
        sets = [COCO(), COCO()]
        for each, rows in zip(sets, (annotations, results), strict=True):
            categories = [{"id": label, "name": str(label)} for label in range(LABELS)]
            each.dataset = {"info": {}, "images": images, "categories": categories, "annotations": rows}
            each.createIndex()
        evaluation = COCOeval(*sets, kind)
        evaluation.params.maxDets = [1, 10, max_detections]
        evaluation.evaluate()
        evaluation.accumulate()
    precision, recall = evaluation.eval["precision"], evaluation.eval["recall"]
    at = [precision[..., 0, -1], precision[:1, ..., 0, -1], precision[5:6, ..., 0, -1]]
    at += [precision[..., size, -1] for size in (1, 2, 3)] + [recall[..., 0, limit] for limit in (0, 1, 2)]
    classes = [(known_mean(precision[:, :, k, 0, -1]), known_mean(precision[0, :, k, 0, -1])) for k in range(LABELS)]
    return [known_mean(values) for values in at], classes


def known_mean(values) -> float:
    known = values[values > -1]
    return float(np.mean(known)) if known.size else math.nan


def assert_equal(case: Case, max_detections: int = 100) -> list[float]:
    """Compares masks and boxes of the one report; gives the numbers of the masks."""
    report = ours(case, max_detections)
    assert report.masks is not None
    for part, kind in ((report, "bbox"), (report.masks, "segm")):
        numbers, classes = reference(case, kind, max_detections)
        np.testing.assert_allclose([getattr(part, name) for name in NUMBERS], numbers, rtol=0, atol=1e-12)
        np.testing.assert_allclose([(row.ap, row.ap50) for row in part.per_class], classes, rtol=0, atol=1e-12)
    return numbers


def blob(draw, size):
    y, x = np.mgrid[: size[0], : size[1]] + 0.5
    centre, radius = draw.uniform((0, 0), size), draw.choice([1, 3, 8, 20, 40], 2)
    return ((y - centre[0]) / radius[0]) ** 2 + ((x - centre[1]) / radius[1]) ** 2 < 1


def random_case(seed: int, images: int = 4, size: tuple[int, int] = (64, 80), most: int = 9) -> Case:
    """Detections are shaken and eaten copies of targets and inventions, with coarse scores so that ties are common."""
    draw = np.random.default_rng(seed)
    case = Case(size)
    for _ in range(images):
        truth = []
        for _ in range(draw.integers(0, most)):
            mask = blob(draw, size)
            area = float(mask.sum() * draw.choice([1.0, 0.5]))
            truth.append((mask, int(draw.integers(LABELS)), bool(draw.random() < 0.2), area))
        found = []
        for mask, label, _, _ in truth * 2:
            moved = np.roll(mask, draw.integers(-2, 3, 2), axis=(0, 1)) & (draw.random(size) < draw.choice([0.7, 1, 1]))
            kept = label if draw.random() < 0.8 else int(draw.integers(LABELS))
            found.append((moved, kept, draw.integers(1, 12) / 12))
        found += [(blob(draw, size), int(draw.integers(LABELS)), draw.integers(1, 12) / 12) for _ in range(4)]
        case.truth.append(truth)
        case.found.append([found[i] for i in draw.permutation(len(found))])
    return case


@pytest.mark.parametrize("seed", range(12))
def test_random(seed):
    assert_equal(random_case(seed))


def test_large_objects_and_other_limits():
    assert_equal(random_case(20, images=2, size=(300, 200), most=30), max_detections=20)


def test_more_than_a_hundred_detections_per_image():
    draw = np.random.default_rng(0)
    full = np.zeros((150, 64, 80), bool)
    for number, mask in enumerate(full):
        mask[number // 15 * 6 : number // 15 * 6 + 5, number % 15 * 5 : number % 15 * 5 + 4] = True
    case = Case((64, 80), [[(mask, 0, False, 20.0) for mask in full]])
    case.found = [[(mask, 0, float(draw.integers(1, 50)) / 50) for mask in full]]
    assert assert_equal(case)[8] == pytest.approx(100 / 150)


def test_perfect_masks():
    case = random_case(3)
    case.found = [[(mask, label, 1.0) for mask, label, crowd, _ in rows if not crowd] for rows in case.truth]
    assert assert_equal(case)[0] == pytest.approx(1.0)


def test_right_boxes_with_wrong_masks():
    """Two triangles that share a box: box AP 1, mask AP 0. A report that mixed the two up would fail here."""
    lower = np.tri(40, dtype=bool)
    case = Case((40, 40), [[(lower, 0, False, 800.0)]], [[(~lower, 0, 0.9)]])
    case.found[0][0][0][0, 0] = case.found[0][0][0][39, 39] = True
    case.found[0][0][0][39, 0] = True
    assert assert_equal(case)[0] == 0.0
    assert ours(case).ap == pytest.approx(1.0)


def test_detections_inside_a_crowd_do_not_count():
    crowd = np.zeros((64, 80), bool)
    crowd[:, :40] = True
    crowd[10:20, 10:20] = False
    object_ = np.zeros((64, 80), bool)
    object_[5:30, 50:70] = True
    inside = np.zeros((64, 80), bool)
    inside[30:40, 5:15] = True
    case = Case(
        (64, 80), [[(crowd, 0, True, 2000.0), (object_, 0, False, 500.0)]], [[(inside, 0, 0.9), (object_, 0, 0.1)]]
    )
    assert assert_equal(case)[0] == pytest.approx(1.0)


def test_empty_masks_on_both_sides():
    empty, full = np.zeros((20, 20), bool), np.ones((20, 20), bool)
    truth = [(full, 0, False, 400.0), (empty, 0, False, 0.0), (empty, 1, True, 0.0)]
    assert_equal(Case((20, 20), [truth], [[(empty, 0, 0.9), (full, 0, 0.8), (empty, 1, 0.5), (full, 1, 0.4)]]))


def test_no_detections_no_truth_and_neither():
    case = random_case(4)
    assert assert_equal(Case(case.size, case.truth, [[] for _ in case.truth]))[0] == 0.0
    assert math.isnan(assert_equal(Case(case.size, [[] for _ in case.truth], case.found))[0])
    assert_equal(Case(case.size, [[]], [[]]))


pixels = st.lists(st.booleans(), min_size=12, max_size=12).map(lambda bits: np.array(bits).reshape(3, 4))
truth_row = st.tuples(pixels, st.integers(0, 2), st.booleans(), st.sampled_from([0.0, 5.0, 1024.0, 9216.0, 1e5]))
found_row = st.tuples(pixels, st.integers(0, 2), st.integers(0, 4).map(lambda each: each / 4))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.lists(truth_row, max_size=5), st.lists(found_row, max_size=8)), min_size=1, max_size=3))
def test_adversarial(images):
    assert_equal(Case((3, 4), [truth for truth, _ in images], [found for _, found in images]))
