"""The assigner alone, with other hyper-parameters, against three recorded releases."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from boxwright.assigners import task_aligned_assigner
from boxwright.prior_generators import PointGrid
from boxwright.structures import Assignment, Predictions, Priors, Proposals, Targets
from tests.parity.golden_cases import case_names, load

RELEASES = ("early", "mid", "current")
CASES = case_names("yolov8_detect", "a")


def codes_are_boxes(*, codes: Tensor, priors: Tensor) -> Tensor:
    del priors
    return codes


class GivenScores(Proposals):
    """Takes the predictions for scores as they are: some recorded ones are over 1 and have no logit."""

    def scores_of(self, image: Tensor, prior: Tensor, label: Tensor, per_level: list[int] | None = None) -> Tensor:
        del per_level
        scores: Tensor = self.predictions.class_logits_at(image, prior, label)
        return scores


def assign(arrays: dict[str, Tensor], config: dict[str, Any], release: str) -> tuple[Assignment, Targets, Priors]:
    priors = PointGrid(tuple(config["strides"]))(tuple(config["image_hw"]))
    assert torch.equal(priors.boxes[:, :2], arrays["anchor_centers_px"])
    valid = arrays["gt_valid_padded"].bool()
    targets = Targets.from_lists(
        [boxes[real] for boxes, real in zip(arrays["gt_boxes_padded"], valid, strict=True)],
        [labels[real] for labels, real in zip(arrays["gt_labels_padded"], valid, strict=True)],
    )
    predictions = Predictions.from_dense(arrays["pred_scores"], arrays["pred_boxes"], priors)
    assigner = replace(task_aligned_assigner(release), topk=config["topk"], alpha=config["alpha"], beta=config["beta"])
    return assigner(priors, targets, GivenScores(predictions, priors, codes_are_boxes)), targets, priors


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", CASES)
def test_assignment_equals_the_recorded_one_outside_ties(name: str, release: str) -> None:
    arrays, config = load("yolov8_detect", name)
    found, targets, priors = assign(arrays, config, release)
    shape = (targets.batch_size, len(priors))
    counts = torch.bincount(targets.image, minlength=targets.batch_size)
    first = counts.cumsum(0) - counts
    index, scores, boxes = torch.full(shape, -1), torch.zeros(*shape, config["num_classes"]), torch.zeros(*shape, 4)
    at = (found.image, found.prior)
    index[at] = found.target - first[found.image]
    scores[(*at, targets.labels[found.target])] = found.quality
    boxes[at] = targets.boxes[found.target]
    compare = ~(arrays[f"{release}.tie_topk"] | arrays[f"{release}.tie_gt"])
    assert compare.float().mean() > 0.5
    assert torch.equal((index >= 0)[compare], arrays[f"{release}.fg"][compare])
    assert torch.equal(index[compare], arrays[f"{release}.gt_index"].long()[compare])
    assert torch.equal(boxes[compare], arrays[f"{release}.boxes"][compare])
    torch.testing.assert_close(scores[compare], arrays[f"{release}.scores"][compare], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", CASES)
def test_sum_of_qualities_equals_the_recorded_one(name: str, release: str) -> None:
    """The places that ties leave open have quality 0."""
    arrays, config = load("yolov8_detect", name)
    found, _, _ = assign(arrays, config, release)
    torch.testing.assert_close(found.quality.sum(), arrays[f"{release}.score_sum"], rtol=1e-4, atol=1e-5)
