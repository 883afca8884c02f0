from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from boxwright.errors import ConfigError, ShapeError
from boxwright.geometry.letterbox import fit_letterbox
from boxwright.postprocessing import Postprocessor, sigmoid_scores, softmax_scores
from boxwright.structures import ImageOrigin, LevelGrid, Predictions, Priors

CANVAS = (64, 96)


@dataclass(frozen=True)
class OffsetCoder:
    """Codes are l, t, r, b distances in pixels from the centre of the prior."""

    seen: list[int]

    def decode(self, *, codes, priors):
        assert codes.dtype == torch.float32
        assert not torch.is_autocast_enabled("cpu")
        self.seen.append(len(codes))
        return torch.cat((priors[:, :2] - codes[:, :2], priors[:, :2] + codes[:, 2:]), dim=1)


def make_priors(per_cell: int = 1) -> Priors:
    grids, boxes, stride, level, start = [], [], [], [], 0
    for index, step in enumerate((8, 16)):
        grid = LevelGrid(CANVAS[0] // step, CANVAS[1] // step, per_cell, start, step)
        for row in range(grid.height):
            for column in range(grid.width):
                for _ in range(per_cell):
                    boxes.append([(column + 0.5) * step, (row + 0.5) * step, step, step])
        stride += [float(step)] * grid.num_priors
        level += [index] * grid.num_priors
        start = grid.stop
        grids.append(grid)
    return Priors(torch.tensor(boxes), torch.tensor(stride), torch.tensor(level), tuple(grids), CANVAS)


def origin(image_id: int = 0, size=CANVAS) -> ImageOrigin:
    return ImageOrigin(image_id, None, size, fit_letterbox(size, CANVAS))


def dense(batch: int, classes: int, per_cell: int = 1, logit: float = -20.0):
    priors = make_priors(per_cell)
    return priors, torch.full((batch, len(priors), classes), logit), torch.full((batch, len(priors), 4), 5.0)


def run(postprocessor, priors, logits, codes, origins=None):
    predictions = Predictions.from_dense(logits, codes, priors)
    return postprocessor(predictions, priors, origins or [origin(i) for i in range(len(logits))])


def brute_force(priors, logits, codes, score_threshold, iou_threshold, max_detections, candidates, multi_label):
    """The same rules, one image and one pair of boxes at a time, everything decoded."""
    scores = logits.sigmoid().numpy()
    centre = priors.boxes[:, :2].numpy()
    boxes = np.concatenate([centre - codes[:, :2].numpy(), centre + codes[:, 2:].numpy()], axis=1)
    rows = []
    for prior in range(len(priors)):
        labels = range(scores.shape[1]) if multi_label else [int(scores[prior].argmax())]
        rows += [(-scores[prior, c], prior, c) for c in labels if scores[prior, c] > score_threshold]
    kept: list[tuple[float, int, int]] = []
    for score, prior, label in sorted(rows)[:candidates]:
        if all(c != label or iou(boxes[prior], boxes[p]) <= iou_threshold for _, p, c in kept):
            kept.append((score, prior, label))
    kept = kept[:max_detections]
    limit = np.array([CANVAS[1], CANVAS[0]] * 2)
    return (
        np.array([boxes[p].clip(0, limit) for _, p, _ in kept]).reshape(-1, 4),
        np.array([-s for s, _, _ in kept]),
        np.array([c for _, _, c in kept]),
    )


def iou(one, two):
    one, two = one.astype(float), two.astype(float)
    width = min(one[2], two[2]) - max(one[0], two[0])
    height = min(one[3], two[3]) - max(one[1], two[1])
    inter = max(width, 0) * max(height, 0)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, two))
    return inter / (areas - inter)


@pytest.mark.parametrize("multi_label", [True, False])
@pytest.mark.parametrize("per_cell", [1, 3])
@pytest.mark.parametrize("limits", [(0.3, 300, 30_000), (0.3, 7, 30_000), (0.0, 300, 40), (0.9, 20, 30_000)])
def test_equals_brute_force(multi_label, per_cell, limits):
    threshold, most, candidates = limits
    generator = torch.Generator().manual_seed(per_cell)
    priors, logits, codes = dense(3, 4, per_cell)
    logits = torch.randn(logits.shape, generator=generator) * 2
    codes = torch.rand(codes.shape, generator=generator) * 20 + 1
    postprocessor = Postprocessor(OffsetCoder([]), threshold, 0.5, most, candidates, multi_label)
    for image, found in enumerate(run(postprocessor, priors, logits, codes)):
        boxes, scores, labels = brute_force(
            priors, logits[image], codes[image], threshold, 0.5, most, candidates, multi_label
        )
        assert len(found) == len(labels) > 0
        np.testing.assert_array_equal(found.labels.numpy(), labels)
        np.testing.assert_allclose(found.scores.numpy(), scores, rtol=1e-6)
        np.testing.assert_allclose(found.boxes.numpy(), boxes, atol=1e-4)
        assert found.origin.image_id == image


@pytest.mark.usefixtures("sparse_kernels")
def test_decodes_each_surviving_prior_once():
    priors, logits, codes = dense(2, 5)
    logits[0, 3] = 2.0  # five classes at one prior
    logits[1, 3, 0] = 2.0
    logits[1, 90, 1] = 2.0
    coder = OffsetCoder([])
    found = run(Postprocessor(coder), priors, logits, codes)
    assert coder.seen == [3]
    assert [len(each) for each in found] == [5, 2]
    assert found[0].labels.tolist() == [0, 1, 2, 3, 4]


def test_one_label_per_prior():
    priors, logits, codes = dense(1, 3)
    logits[0, 3] = torch.tensor([1.0, 2.0, 2.0])
    found = run(Postprocessor(OffsetCoder([]), multi_label=False), priors, logits, codes)[0]
    assert found.labels.tolist() == [1]


def test_ties_go_to_the_lower_prior_then_the_lower_label():
    priors, logits, codes = dense(1, 2)
    logits[0, [100, 40, 20]] = 1.0
    found = run(Postprocessor(OffsetCoder([]), max_detections=5), priors, logits, codes)[0]
    centres = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2
    expected = priors.boxes[[20, 20, 40, 40, 100], :2]
    torch.testing.assert_close(centres, expected, atol=1e-4, rtol=0)
    assert found.labels.tolist() == [0, 1, 0, 1, 0]


def test_thresholds_are_strict():
    priors, logits, codes = dense(1, 1)
    logits[0, 10] = 0.0  # a score of exactly 0.5
    assert len(run(Postprocessor(OffsetCoder([]), score_threshold=0.5), priors, logits, codes)[0]) == 0
    assert len(run(Postprocessor(OffsetCoder([]), score_threshold=0.499), priors, logits, codes)[0]) == 1
    # two 8 px wide boxes, 4 px apart vertically by construction: overlap exactly one third
    codes[0, 0], codes[0, 1] = torch.tensor([4.0, 4, 4, 4]), torch.tensor([8.0, 4, 0, 4])
    logits[0, 10], logits[0, 0], logits[0, 1] = -20.0, 2.0, 1.0
    third = iou(np.array([0, 0, 8, 8]), np.array([4, 0, 12, 8]))
    assert len(run(Postprocessor(OffsetCoder([]), iou_threshold=third), priors, logits, codes)[0]) == 2
    assert len(run(Postprocessor(OffsetCoder([]), iou_threshold=0.33), priors, logits, codes)[0]) == 1


def test_boxes_return_to_original_pixels():
    size = (100, 300)
    priors, logits, codes = dense(1, 1)
    box = torch.tensor([30.0, 20.0, 200.0, 90.0])
    letterbox = fit_letterbox(size, CANVAS)
    on_canvas = letterbox.to_canvas(box[None])[0]
    logits[0, 30] = 3.0
    centre = priors.boxes[30, :2]
    codes[0, 30] = torch.cat((centre - on_canvas[:2], on_canvas[2:] - centre))
    found = run(Postprocessor(OffsetCoder([])), priors, logits, codes, [origin(4, size)])[0]
    torch.testing.assert_close(found.boxes[0], box, atol=1e-3, rtol=0)


def test_boxes_are_clipped_to_the_image_or_without_letterbox_to_the_canvas():
    priors, logits, codes = dense(1, 1)
    logits[0, 30], codes[0, 30] = 3.0, 1000.0
    found = run(Postprocessor(OffsetCoder([])), priors, logits, codes, [origin(0, (100, 300))])[0]
    assert found.boxes.tolist() == [[0, 0, 300, 100]]
    bare = ImageOrigin(0, None, (7, 7), None)
    found = run(Postprocessor(OffsetCoder([])), priors, logits, codes, [bare])[0]
    assert found.boxes.tolist() == [[0, 0, CANVAS[1], CANVAS[0]]]


def test_what_is_not_finite_or_outside_is_no_detection():
    priors, logits, codes = dense(1, 3)
    logits[0, [3, 20, 40, 50, 60]] = torch.tensor([-20.0, 2.0, -20.0])
    logits[0, 3, 1] = float("nan")
    codes[0, 20] = float("nan")
    codes[0, 40] = float("inf")
    codes[0, 50] = torch.tensor([-200.0, 5, 205, 5])  # to the right of the canvas
    for multi_label in (True, False):
        found = run(Postprocessor(OffsetCoder([]), multi_label=multi_label), priors, logits, codes)[0]
        assert len(found) == 1
        assert found.boxes.isfinite().all()
    logits[0, 3, 2] = 2.0  # a healthy class beside the broken one
    for multi_label in (True, False):
        found = run(Postprocessor(OffsetCoder([]), multi_label=multi_label), priors, logits, codes)[0]
        assert sorted(found.labels.tolist()) == [1, 2]


def test_nothing_found_is_not_an_error():
    priors, logits, codes = dense(2, 3)
    found = run(Postprocessor(OffsetCoder([])), priors, logits, codes)
    assert [tuple(each.boxes.shape) for each in found] == [(0, 4), (0, 4)]
    assert found[0].labels.dtype == torch.int64


def test_is_float32_under_autocast():
    priors, logits, codes = dense(1, 1)
    logits[0, 10] = 1.0
    expected = run(Postprocessor(OffsetCoder([])), priors, logits, codes)[0]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = run(Postprocessor(OffsetCoder([])), priors, logits.bfloat16(), codes.bfloat16())[0]
    assert found.boxes.dtype == found.scores.dtype == torch.float32
    torch.testing.assert_close(found.boxes, expected.boxes)


def test_objectness_multiplies():
    logits, objectness = torch.randn(2, 3, 4, 5, 6), torch.randn(2, 3, 1, 5, 6)
    expected = logits.sigmoid() * objectness.sigmoid()
    torch.testing.assert_close(sigmoid_scores(logits, {"objectness": objectness}), expected)


def test_a_passed_activation_decides_the_scores():
    priors, logits, codes = dense(1, 2)
    logits[0, 5, 0] = 0.25
    passed = Postprocessor(OffsetCoder([]), 0.1, activation=lambda logits, further: logits.clamp(min=0))
    found = run(passed, priors, logits, codes)[0]
    assert found.scores.tolist() == [0.25]


def test_gives_no_gradients():
    priors, logits, codes = dense(1, 1)
    logits[0, 5] = 1.0
    found = run(Postprocessor(OffsetCoder([])), priors, logits.requires_grad_(), codes.requires_grad_())[0]
    assert not found.boxes.requires_grad
    assert not found.scores.requires_grad


@pytest.mark.parametrize(
    "bad",
    [
        {"score_threshold": 1.5},
        {"iou_threshold": -0.1},
        {"iou_threshold": float("nan")},
        {"max_detections": 0},
        {"candidates_per_image": 0},
    ],
)
def test_impossible_settings_are_errors(bad):
    with pytest.raises(ConfigError, match=next(iter(bad))):
        replace(Postprocessor(OffsetCoder([])), **bad)


def test_inputs_that_do_not_belong_together_are_errors():
    priors, logits, codes = dense(2, 1)
    predictions = Predictions.from_dense(logits, codes, priors)
    with pytest.raises(ShapeError, match="one origin per image"):
        Postprocessor(OffsetCoder([]))(predictions, priors, [origin()])
    with pytest.raises(ShapeError, match="canvas that the network saw"):
        Postprocessor(OffsetCoder([]))(predictions, make_priors(2), [origin(), origin()])


def test_softmax_scores_leave_the_background_out():
    logits = torch.tensor([0.0, 1.0, 2.0]).log1p().view(1, 1, 3, 1, 1)
    assert softmax_scores(logits).flatten().tolist() == pytest.approx([2 / 6, 3 / 6])


def test_a_background_logit_shifts_no_label():
    priors, logits, codes = dense(1, 3)
    logits = torch.full((1, len(priors), 4), -5.0)
    logits[..., 0] = 5.0
    logits[0, 7] = torch.tensor([-5.0, -5.0, 5.0, -5.0])
    predictions = Predictions.from_dense(logits, codes, priors, has_background=True)
    (found,) = Postprocessor(OffsetCoder([]), 0.5, activation=softmax_scores)(predictions, priors, [origin()])
    assert found.labels.tolist() == [1]


@pytest.mark.parametrize(
    ("limits", "group"), [({"candidates_per_level": 9}, "level"), ({"candidates_per_class": 11}, "label")]
)
def test_limits_per_level_and_class(limits, group):
    """The best of every group and nothing else; suppression off."""
    priors, logits, codes = dense(2, 3)
    logits = torch.randn(logits.shape, generator=torch.Generator().manual_seed(0))
    found = run(Postprocessor(OffsetCoder([]), 0.0, 1.0, 10_000, **limits), priors, logits, codes)
    level, label = torch.arange(2), torch.arange(3)
    of = {"level": priors.level[:, None].expand(-1, 3), "label": label.expand(len(priors), 3)}[group]
    for image, each in enumerate(found):
        scores = logits[image].sigmoid()
        best = [
            scores[of == value].topk(next(iter(limits.values()))).values
            for value in {"level": level, "label": label}[group]
        ]
        expected = torch.cat(best).sort(descending=True).values
        np.testing.assert_allclose(each.scores.numpy(), expected.numpy(), rtol=1e-6)


def test_boxes_may_be_clipped_before_they_are_compared():
    """Two boxes that overlap little, but have the same part inside of the image."""
    priors, logits, codes = dense(1, 1)
    logits[0, :2, 0] = torch.tensor([3.0, 2.0])
    codes[0, 0] = torch.tensor([4.0, 4.0, 40.0, 40.0])
    codes[0, 1] = torch.tensor([212.0, 204.0, 32.0, 40.0])
    first = run(Postprocessor(OffsetCoder([]), 0.5, 0.5, clips_first=True), priors, logits, codes)
    after = run(Postprocessor(OffsetCoder([]), 0.5, 0.5), priors, logits, codes)
    assert (len(first[0]), len(after[0])) == (1, 2)


@pytest.mark.parametrize("name", ["candidates_per_level", "candidates_per_class"])
def test_limits_must_be_positive(name):
    with pytest.raises(ConfigError, match=f"{name} is 0"):
        Postprocessor(OffsetCoder([]), **{name: 0})


def _two_classes_on_one_spot():
    """Two priors side by side see one object, as two classes each."""
    priors, logits, codes = dense(1, 3)
    codes[:] = torch.tensor([12.0, 12, 12, 12])
    logits[0, 0] = torch.tensor([2.0, 1.0, -9.0])
    logits[0, 1] = torch.tensor([0.5, 1.5, -9.0])
    codes[0, 1] += torch.tensor([8.0, 0, -8.0, 0])  # so that both boxes are one
    return priors, logits, codes


@pytest.mark.parametrize(
    ("settings", "labels"),
    [
        ({}, [0, 1]),
        ({"multi_label": False}, [0, 1]),
        ({"class_agnostic": True}, [0]),
        ({"multi_label": False, "class_agnostic": True}, [0]),
    ],
)
def test_classes_suppress_each_other_where_that_is_asked_for(settings, labels):
    (found,) = run(Postprocessor(OffsetCoder([]), score_threshold=0.25, **settings), *_two_classes_on_one_spot())
    assert found.labels.tolist() == labels


def test_what_is_not_wanted_suppresses_and_takes_no_place():
    priors, logits, codes = dense(1, 2)
    logits[0, ::2, 0], logits[0, 1::2, 1] = 3.0, 2.0  # everywhere something, the first class best
    every = Postprocessor(OffsetCoder([]), score_threshold=0.25, iou_threshold=0.1)
    (found,) = run(every, priors, logits, codes)
    second = found.rows(found.labels == 1)
    wanted = replace(every, max_detections=len(second), keeps=lambda boxes, labels: labels == 1)
    (only,) = run(wanted, priors, logits, codes)
    assert 0 < len(second) < len(found)
    assert torch.equal(only.boxes, second.boxes)
    assert torch.equal(only.scores, second.scores)
    right = replace(every, keeps=lambda boxes, labels: boxes[..., 0] > 40)
    (only,) = run(right, priors, logits, codes)
    assert torch.equal(only.boxes, found.boxes[found.boxes[:, 0] > 40])
