from dataclasses import replace

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from boxwright.criterion import CentrenessTerm
from boxwright.criterion.centreness import centreness
from boxwright.errors import ShapeError
from tests.contracts.term_laws import TermLaws, some_matches


class TestCentreness(TermLaws):
    reads = ("centreness",)
    code_size = 4

    def make(self) -> CentrenessTerm:
        return CentrenessTerm()


def test_worked_by_hand() -> None:
    """In the middle; a quarter of the width and an eighth of the height from a corner; on an edge; outside."""
    box = torch.tensor([[0.0, 0.0, 32.0, 64.0]]).expand(4, 4)
    places = torch.tensor([[16.0, 32.0], [8.0, 8.0], [0.0, 10.0], [40.0, 10.0]])
    priors = torch.cat((places, torch.full((4, 3), 8.0)), dim=1)
    wanted = [1.0, (8 / 24 * 8 / 56) ** 0.5, 0.0, 0.0]
    assert centreness(priors, box).tolist() == pytest.approx(wanted)


def test_a_box_without_a_side_has_none() -> None:
    assert centreness(torch.tensor([[5.0, 5.0, 8.0, 8.0]]), torch.tensor([[5.0, 0.0, 5.0, 10.0]])).tolist() == [0.0]


def test_is_the_mean_cross_entropy_of_the_pairs() -> None:
    matches, leaves = some_matches(9, code_size=4)
    found = matches.assignment
    blocks = torch.cat([leaf.detach().flatten(3).squeeze(1) for leaf in leaves["centreness"]], dim=2)
    logits = blocks[found.image, 0, found.prior]
    labels = centreness(matches.prior_boxes, matches.target_boxes)
    values = binary_cross_entropy_with_logits(logits, labels, reduction="none") * found.weight
    expected = 2 * values.sum() / max(float(found.quality.sum()), 1.0)
    torch.testing.assert_close(CentrenessTerm(gain=2.0)(matches), expected)


def test_a_head_without_it_is_an_error() -> None:
    matches, _ = some_matches(3, code_size=4)
    without = replace(matches, predictions=replace(matches.predictions, further={}))
    with pytest.raises(ShapeError, match="no further levels 'centreness'; found: none"):
        CentrenessTerm()(without)
