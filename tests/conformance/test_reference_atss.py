"""The plain reference of ATSS against recorded assignments, and against a second writing of the algorithm."""

import numpy as np
import pytest
import torch

from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.prior_generators import AnchorGrid, PointGrid
from boxwright.structures import Priors
from conformance.reference.atss import assign, deltas_decoder, threshold
from conformance.reference.chain_rule import difference_quotients
from conformance.reference.fcos import box_loss
from conformance.reference.overlaps import giou
from conformance.reference.targets import Targets
from tests.conformance.recorded import close
from tests.contracts.scenes import random_boxes
from tests.parity.golden_cases import case_names, load
from tests.unit.assigners.test_atss import by_the_paper

OTHERS = ("atss_6_ignored_by_share", "atss_7_on_cells")  # other options, and a choice between equally near anchors
SCENES = [
    (PointGrid((4, 8, 16))((96, 80)), 8.0),
    (AnchorGrid((((40.0, 28.0),), ((64.0, 80.0),)), (8, 16))((96, 64)), 1.0),
]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("priors", "scale"), SCENES)
def test_pairs_are_those_of_the_algorithm_in_tensors(priors: Priors, scale: float, seed: int) -> None:
    boxes = random_boxes(torch.Generator().manual_seed(seed), 8, priors.canvas_size, dtype=torch.float32)
    centres, halves = priors.boxes[:, :2].double(), priors.boxes[:, 2:].double() * scale / 2
    anchors = torch.cat((centres - halves, centres + halves), dim=1).tolist()
    objects = Targets(boxes.double().tolist(), [0] * len(boxes), [0] * len(boxes), 1)
    matched = assign(anchors, priors.stride.numpy(), objects, 9)[0]
    found = {anchor: int(matched[anchor]) for anchor in np.flatnonzero(matched >= 0).tolist()}
    assert len(found) > 5
    assert found == by_the_paper(priors, boxes, 9, scale)


@pytest.mark.parametrize("name", [name for name in case_names("assigners_mmdet", "atss") if name not in OTHERS])
def test_pairs_are_those_that_mmdetection_gave(name: str) -> None:
    arrays, config = load("assigners_mmdet", name)
    squares = tuple(((8.0 * stride, 8.0 * stride),) for stride in config["strides"])
    priors = AnchorGrid(squares, tuple(config["strides"]), 0.0)(tuple(config["canvas"]))
    objects, batch = ~arrays["ignore"].bool(), len(config["counts"])
    boxes, image = arrays["boxes"][objects].double(), arrays["image"][objects]
    targets = Targets(boxes.tolist(), [0] * len(boxes), image.tolist(), batch)
    matched = assign(cxcywh_to_xyxy(priors.boxes).tolist(), priors.stride.numpy(), targets, 9)
    counts = torch.bincount(image, minlength=batch)
    first = torch.tensor(matched) - (counts.cumsum(0) - counts).unsqueeze(1) + 1
    assert torch.equal(first * (torch.tensor(matched) >= 0), arrays["assigned"].long())


def test_the_threshold_by_hand() -> None:
    """The mean is ½; of a sample of three the deviation is √((¼² + 0 + ¼²) / 2)."""
    assert threshold([0.25, 0.5, 0.75]) == pytest.approx(0.75)
    assert threshold([0.3]) == 0.3
    assert threshold([0.1, 0.4, 0.35, 0.9]) == pytest.approx(
        np.mean([0.1, 0.4, 0.35, 0.9]) + np.std([0.1, 0.4, 0.35, 0.9], ddof=1)
    )


def test_slopes_through_deltas_are_the_limits_of_differences() -> None:
    box, code = [3.0, 2.5, 30.0, 21.25], [0.3, -0.8, -1.1, 0.7]
    decode = deltas_decoder([[-6.0, -2.0, 26.0, 30.0]], (0.1, 0.1, 0.2, 0.2))
    slopes = box_loss(code, 0, box, decode)[1]
    close(slopes, difference_quotients(lambda inputs: 1 - giou(decode(inputs, 0), box, "exact"), code, 1e-6), 0, 1e-8)
