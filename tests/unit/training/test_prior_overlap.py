import math

import pytest
import torch

from boxwright.data import open_dataset
from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.geometry.letterbox import fit_letterbox
from boxwright.geometry.overlaps import pairwise_iou
from boxwright.prior_generators import DEFAULT_BOXES
from boxwright.training.prior_overlap import PriorOverlap, prior_overlap

TINY = DEFAULT_BOXES["ssd_tiny"]
CANVAS = (224, 224)


@pytest.mark.parametrize("fit", ["stretch", "centre"])
def test_measures_the_best_prior_of_every_object(fit: str) -> None:
    dataset = open_dataset("sample:bccd", "val")
    found = prior_overlap(dataset, TINY, CANVAS, fit)
    wanted = []
    for position in range(len(dataset)):
        truth = dataset.truth(position)
        boxes = fit_letterbox(truth.origin.size, CANVAS, fit=fit).to_canvas(truth.boxes)
        wanted.append(pairwise_iou(boxes.double(), cxcywh_to_xyxy(TINY(CANVAS).boxes.double())).amax(dim=1))
    torch.testing.assert_close(found.overlap, torch.cat(wanted))


def test_share_and_verdict() -> None:
    found = PriorOverlap(torch.tensor([0.1, 0.5, 0.4, 0.9]).double())
    assert found.share_below(0.5) == 0.5
    assert found.share_below(0.05) == 0.0
    assert found.verdict() == (
        "Priors: 50.0 % of 4 objects have no prior of IoU 0.5 or more; the median of the best IoU is 0.40."
    )


def test_nothing_to_measure() -> None:
    nothing = PriorOverlap(torch.zeros(0).double())
    assert math.isnan(nothing.share_below(0.5))
    assert nothing.verdict() == "Priors: there are no objects to measure them on."
