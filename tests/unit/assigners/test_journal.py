import torch

from boxwright.assigners.journal import Journal
from boxwright.prior_generators import PointGrid
from boxwright.structures import Assignment, Reason, Targets
from tests.contracts.assignments import assignment_of
from tests.contracts.explanation_laws import reasons, triples

PRIORS = PointGrid((8,))((16, 16))
BOXES = torch.tensor([[0.0, 0.0, 16.0, 16.0]])
TARGETS = Targets.from_lists([BOXES, BOXES], [torch.zeros(1)] * 2, [torch.tensor([False]), torch.tensor([True])])


def index(*numbers: int) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.int64)


def test_the_first_reason_counts_and_rows_are_sorted() -> None:
    assignment = assignment_of(index(0), index(2), index(0), torch.tensor([0.5]))
    journal = Journal(assignment, PRIORS, TARGETS)
    journal.add(Reason.LOST, index(0, 0), index(3, 2))
    journal.add(Reason.BELOW_TOP_K, index(0, 0, 0), index(0, 3, 2))
    found = journal.close()
    assert reasons(found) == {0: Reason.BELOW_TOP_K, 2: Reason.POSITIVE, 3: Reason.LOST}
    assert triples(found) == [(0, 0, 0), (0, 2, 0), (0, 3, 0)]
    assert found.quality.isnan().tolist() == [True, False, True]
    assert found.quality[1] == 0.5
    assert found.overlap.isnan().all()
    assert found.score.isnan().all()


def test_a_pair_that_is_listed_repeatedly_has_one_row() -> None:
    assignment = assignment_of(index(0, 0), index(1, 1), index(0, 0), torch.ones(2))
    assert triples(Journal(assignment, PRIORS, TARGETS).close()) == [(0, 1, 0)]


def test_regions_are_those_of_ignored_targets() -> None:
    journal = Journal(Assignment.empty(2, 4), PRIORS, TARGETS)
    journal.add_regions()
    found = journal.close()
    assert reasons(found, 1) == dict.fromkeys(range(4), Reason.IGNORED_REGION)
    assert found.image.tolist() == [1] * 4


def test_an_empty_journal_gives_no_verdicts() -> None:
    journal = Journal(Assignment.empty(2, 4), PRIORS, Targets.from_lists([torch.zeros(0, 4)], [torch.zeros(0)]))
    journal.add_regions()
    assert len(journal.close()) == 0
