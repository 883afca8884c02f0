import torch

from boxwright.assigners import Assigner, ExplainingAssigner, TaskAlignedAssigner, explain_assignment
from boxwright.prior_generators import PointGrid
from boxwright.structures import Assignment, Priors, Proposals, Reason, Targets


def test_parts_fit_the_protocol_and_other_things_do_not() -> None:
    assert isinstance(TaskAlignedAssigner(), Assigner)
    assert not isinstance("task_aligned", Assigner)


class PairsOnly:
    """An assigner that says nothing about its reasons."""

    def __call__(self, priors: Priors, targets: Targets, proposals: Proposals | None = None) -> Assignment:
        index = torch.arange(len(targets))
        return Assignment.of_pairs(priors, targets, prior=index, target=index, quality=torch.full((len(targets),), 0.5))


def test_of_an_assigner_without_reasons_the_pairs_are_explained() -> None:
    priors, targets = PointGrid((8,))((16, 16)), Targets.from_lists([torch.rand(2, 4).sort().values], [torch.zeros(2)])
    assert isinstance(PairsOnly(), Assigner)
    assert not isinstance(PairsOnly(), ExplainingAssigner)
    assignment, verdicts = explain_assignment(PairsOnly(), priors, targets)
    assert verdicts.prior.tolist() == assignment.prior.tolist() == [0, 1]
    assert verdicts.reason.tolist() == [Reason.POSITIVE] * 2
    assert verdicts.quality.tolist() == [0.5, 0.5]
    assert verdicts.overlap.isnan().all()
