import pytest
import torch

from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.geometry.overlaps import pairwise_iou
from boxwright.kernels.best_targets import best_targets
from boxwright.prior_generators import retinanet_anchors
from tests.contracts.scenes import random_scene


@pytest.mark.parametrize("at_once", [1, 7, 1 << 18])
def test_equals_the_dense_maximum(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boxwright.kernels.best_targets._PAIRS_AT_ONCE", at_once)
    scene = random_scene(0, counts=(3, 6), ignored=0.3, generate=retinanet_anchors())
    targets, priors = scene.targets, scene.priors
    point = torch.randperm(2 * len(priors), generator=torch.Generator().manual_seed(0))[:80].sort().values
    overlap = pairwise_iou(cxcywh_to_xyxy(priors.boxes[point % len(priors)]), targets.boxes)
    possible = (targets.image == (point // len(priors)).unsqueeze(1)) & ~targets.ignore
    wanted = overlap.masked_fill(~possible, -1).argmax(dim=1)
    assert torch.equal(best_targets(point, priors, targets), wanted)


def test_of_equal_ones_the_lowest() -> None:
    scene = random_scene(0, counts=(1,), generate=retinanet_anchors())
    twice = scene.targets.__class__.from_lists([scene.targets.boxes.repeat(3, 1)], [torch.zeros(3)])
    assert not best_targets(torch.arange(50), scene.priors, twice).any()


def test_no_points() -> None:
    scene = random_scene(0, counts=(0, 0), generate=retinanet_anchors())
    assert len(best_targets(torch.zeros(0, dtype=torch.int64), scene.priors, scene.targets)) == 0
