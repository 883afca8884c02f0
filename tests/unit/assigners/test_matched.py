import pytest
import torch

from boxwright.assigners.matched import Matched, assignment_of, require_points
from boxwright.errors import ConfigError
from boxwright.prior_generators import AnchorGrid, PointGrid
from boxwright.structures import Targets

PRIORS = PointGrid((8,))((16, 16))
BOXES = torch.tensor([[0.0, 0, 8, 8], [0, 0, 8, 8]])
TARGETS = Targets.from_lists([BOXES], [torch.zeros(2)])
PAIRS = Matched(torch.tensor([0, 0]), torch.tensor([3, 0]), torch.tensor([0.2, 0.9]), torch.tensor([0.5, 0.7]))


def test_pairs_are_sorted_by_point() -> None:
    found = assignment_of(PAIRS, PRIORS, TARGETS, guarantee=False)
    assert (found.prior.tolist(), found.target.tolist()) == ([0, 3], [0, 0])
    assert found.quality.tolist() == pytest.approx([0.7, 0.5])


def test_a_target_without_a_pair_gets_a_free_point() -> None:
    """The nearest, point 0, is the best one of the other target."""
    found = assignment_of(PAIRS, PRIORS, TARGETS, guarantee=True, quality_of=lambda target, _: target * 0.0 + 0.1)
    assert set(found.target.tolist()) == {0, 1}
    assert found.quality[found.target == 1].tolist() == pytest.approx([0.1])
    assert found.target[0] == 0


def test_priors_have_to_be_points() -> None:
    require_points(PRIORS, "X")
    with pytest.raises(ConfigError, match="X needs one prior per cell"):
        require_points(AnchorGrid((((8.0, 8.0), (9.0, 9.0)),), (8,))((16, 16)), "X")
