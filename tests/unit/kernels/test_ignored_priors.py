from dataclasses import replace

import torch

from boxwright.kernels.ignored_priors import ignored_priors
from boxwright.prior_generators import AnchorGrid
from boxwright.structures import Targets
from tests.contracts.scenes import random_scene

NONE = torch.zeros(0, dtype=torch.int64)


def test_without_ignored_targets_nothing_is_ignored() -> None:
    scene = random_scene(0)
    found = ignored_priors(scene.priors, scene.targets, NONE)
    assert found.shape == (scene.targets.batch_size, len(scene.priors))
    assert not found.any()


def test_every_anchor_of_a_cell_goes_with_the_centre_of_the_cell() -> None:
    """One row of three cells with two anchors; the region holds the centre of the middle one. Prior 3 is positive."""
    priors = AnchorGrid((((4.0, 4.0), (90.0, 90.0)),), (8,))((8, 24))
    targets = Targets.from_lists([torch.tensor([[11.0, 3.0, 13.0, 5.0]])], [torch.zeros(1)])
    targets = replace(targets, ignore=torch.ones(1, dtype=torch.bool))
    found = ignored_priors(priors, targets, NONE)
    assert found.tolist() == [[False, False, True, True, False, False]]
    spared = ignored_priors(priors, targets, torch.tensor([3]))
    assert spared.tolist() == [[False, False, True, False, False, False]]
