"""Reasons on a GPU: positives by reasons are the assignment there too, and of static systems all rows are the CPU's."""

import pytest
import torch

from boxwright.inspection import explain
from boxwright.structures import Verdicts
from boxwright.structures.predictions import Predictions
from tests.contracts.explanation_laws import assert_explains, assert_same_assignment
from tests.parity.test_explanations import CASES

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]


def on_cuda(predictions: Predictions) -> Predictions:
    columns = (predictions.class_logits, predictions.box_codes, predictions.further["objectness"])
    moved = [None if blocks is None else tuple(block.detach().cuda() for block in blocks) for blocks in columns]
    return Predictions(*moved, has_background=predictions.has_background)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CASES)
def test_positives_by_reasons_are_the_assignment(name: str) -> None:
    criterion, predictions, priors, targets = CASES[name]()
    there = (on_cuda(predictions), priors.to("cuda"), targets.to("cuda"))
    found = explain(criterion, *there)
    assert found.verdicts.reason.is_cuda
    assert_same_assignment(found.after, criterion.assign(*there))
    assert_explains(found.verdicts.to("cpu"), found.before.to("cpu"), targets, len(priors))
    if not name.startswith("d0") and not name.startswith("d1"):
        _assert_same_rows(found.verdicts.to("cpu"), explain(criterion, predictions, priors, targets).verdicts)


def _assert_same_rows(found: Verdicts, wanted: Verdicts) -> None:
    for column in ("image", "prior", "target", "reason"):
        assert torch.equal(getattr(found, column), getattr(wanted, column)), column
