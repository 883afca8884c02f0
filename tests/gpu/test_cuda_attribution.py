"""Shares of objects on a GPU: they sum up to the losses, and neither they nor the counts make the device wait."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from torch.utils._pytree import tree_map

from boxwright.criterion.attribution import contributions
from boxwright.criterion.matches import Matches, gather_matches
from boxwright.training.assignment_tally import AssignmentTally
from tests.unit.criterion.test_attribution import CASES, Case, shares, some_predictions, some_targets

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]


def _matches(case: Case) -> Matches:
    priors = case.generate(case.canvas)
    predictions, _ = some_predictions(case, priors)
    there = tree_map(torch.Tensor.detach, predictions).to("cuda")
    targets, on_gpu = some_targets(case, (5, 0, 3), ignore=True).to("cuda"), priors.to("cuda")
    return gather_matches(there, on_gpu, targets, case.criterion.assign(there, on_gpu, targets))


@contextmanager
def _without_waiting() -> Iterator[None]:
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.parametrize("name", CASES)
def test_the_shares_sum_up_to_the_losses(name: str) -> None:
    matches = _matches(CASES[name])
    outcome = CASES[name].criterion.run(matches.predictions, matches.priors, matches.targets, attribute=True)
    assert outcome.attribution is not None
    for loss_name, loss in outcome.losses.items():
        torch.testing.assert_close(shares(outcome.attribution, loss_name), loss, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_sharing_out_and_counting_do_not_wait(name: str) -> None:
    matches, tally = _matches(CASES[name]), AssignmentTally()
    for term in CASES[name].criterion.terms:
        values = term.values(matches)
        term.reduce(values, matches)  # moves what it keeps to the device once
        with _without_waiting():
            contributions(term, values, matches)
    with _without_waiting():
        tally.add(matches.assignment, matches.targets)
    assert int(tally.counts(torch.device("cuda")).sum()) > 0
