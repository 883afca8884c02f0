import torch

from boxwright.criterion.matches import gather_matches
from boxwright.structures import Assignment
from tests.contracts.assignments import assignment_of
from tests.contracts.scenes import random_scene


def test_gathers_row_for_row_and_leaves_boxes_in_pixels() -> None:
    """The first pair is on the finest level (stride 8), the second on the coarsest (stride 32)."""
    scene = random_scene(0, counts=(2, 1))
    prior = torch.tensor([5, len(scene.priors) - 1])
    assignment = assignment_of(torch.tensor([0, 1]), prior, torch.tensor([1, 2]), torch.tensor([0.5, 1.0]))
    matches = gather_matches(scene.predictions, scene.priors, scene.targets, assignment)
    assert torch.equal(matches.prior_boxes, scene.priors.rows(prior))
    assert matches.strides.tolist() == [[8], [32]]
    assert torch.equal(matches.target_boxes, scene.targets.boxes[1:3])
    assert torch.equal(matches.labels, scene.targets.labels[1:3])
    assert torch.equal(matches.box_codes, scene.predictions.box_codes_at(assignment.image, prior))
    assert matches.assignment is assignment


def test_no_pairs() -> None:
    scene = random_scene(0)
    matches = gather_matches(scene.predictions, scene.priors, scene.targets, Assignment.empty(4, len(scene.priors)))
    assert matches.box_codes.shape == matches.target_boxes.shape == (0, 4)
    assert len(matches.labels) == 0
