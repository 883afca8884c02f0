import torch

from boxwright.assigners.aligned_pairs import Pairs, Steps
from boxwright.assigners.journal import Journal
from boxwright.prior_generators import PointGrid
from boxwright.structures import Reason, Targets
from tests.contracts.assignments import assignment_of
from tests.contracts.explanation_laws import reasons

PRIORS = PointGrid((8,))((8, 40))
TARGETS = Targets.from_lists([torch.tensor([[0.0, 0.0, 40.0, 8.0]])], [torch.zeros(1)])


def pairs(*alignments: float) -> Pairs:
    prior = torch.arange(len(alignments))
    return Pairs(torch.zeros_like(prior), prior, prior, torch.tensor(alignments), torch.tensor(alignments))


def test_take_and_join_move_every_column() -> None:
    joined = pairs(0.1, 0.2).take(torch.tensor([1])).join(pairs(0.3))
    assert joined.prior.tolist() == [1, 0]
    assert joined.overlap.tolist() == torch.tensor([0.2, 0.3]).tolist()


def test_steps_tell_why_candidates_are_no_pairs() -> None:
    """Candidates 0, 1 and 2 were chosen; 1 was lost where it was contested, 2 later, to a target without any."""
    candidates = pairs(0.5, 0.4, 0.3, 0.2, 0.0)
    chosen = torch.tensor([True, True, True, False, False])
    one = torch.zeros(1, dtype=torch.int64)
    assignment = assignment_of(one, one, one, torch.ones(1))
    journal = Journal(assignment, PRIORS, TARGETS)
    Steps(candidates, chosen, candidates.take(torch.tensor([0, 2])), assignment).write(journal)
    lost = Reason.LOST
    wanted = {0: Reason.POSITIVE, 1: lost, 2: lost, 3: Reason.BELOW_TOP_K, 4: Reason.NO_OVERLAP}
    assert reasons(journal.close()) == wanted
