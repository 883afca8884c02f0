"""What every explanation must keep to, whatever assigner it is of."""

import torch

from boxwright.structures import Assignment, Reason, Targets, Verdicts

Triple = tuple[int, int, int]


def triples(part: Assignment | Verdicts) -> list[Triple]:
    """Gives image, prior and target of every row."""
    return list(zip(part.image.tolist(), part.prior.tolist(), part.target.tolist(), strict=True))


def reasons(verdicts: Verdicts, target: int = 0) -> dict[int, Reason]:
    """Gives the reason by prior, for one target."""
    mine = verdicts.of_target(target)
    return {prior: Reason(reason) for prior, reason in zip(mine.prior.tolist(), mine.reason.tolist(), strict=True)}


def assert_same_assignment(found: Assignment, wanted: Assignment) -> None:
    for name in ("image", "prior", "target", "quality", "weight", "ignored"):
        assert torch.equal(getattr(found, name), getattr(wanted, name)), name


def assert_same_verdicts(found: Verdicts, wanted: Verdicts) -> None:
    for name in ("image", "prior", "target", "reason", "quality", "overlap", "score"):
        mine, other = getattr(found, name), getattr(wanted, name)
        assert mine.shape == other.shape, name
        assert (
            torch.equal(mine.nan_to_num(-1), other.nan_to_num(-1))
            if mine.is_floating_point()
            else torch.equal(mine, other)
        ), name


def assert_explains(verdicts: Verdicts, assignment: Assignment, targets: Targets, num_priors: int) -> None:
    """Positives by reasons are the pairs; lost priors are somebody else's; ignored targets have no other reason."""
    positive = verdicts.because(Reason.POSITIVE)
    assert set(triples(positive)) == set(triples(assignment))
    quality = dict(zip(triples(assignment), assignment.quality.tolist(), strict=True))
    assert [quality[row] for row in triples(positive)] == positive.quality.tolist()
    key = verdicts.target * num_priors + verdicts.prior
    assert (key[1:] > key[:-1]).all(), "rows are sorted by target, then prior, and none comes twice"
    assert torch.equal(verdicts.image, targets.image[verdicts.target])
    assert ((verdicts.prior >= 0) & (verdicts.prior < num_priors)).all()
    assert (verdicts.because(Reason.LOST).overlap >= 0).all()
    winners = {(image, prior): target for image, prior, target in triples(assignment)}
    for image, prior, target in triples(verdicts.because(Reason.LOST)):
        assert winners[image, prior] != target
    of_ignored = verdicts.take(targets.ignore[verdicts.target])
    assert set(of_ignored.reason.tolist()) <= {Reason.IGNORED_REGION}
