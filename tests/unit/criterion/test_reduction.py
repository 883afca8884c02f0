from typing import Any

import pytest
import torch

from boxwright.criterion import BoxRegressionTerm
from boxwright.criterion.reduction import ReducedTerm, reduced_values, weighted_reduction
from boxwright.errors import ShapeError
from boxwright.reducers import PairMean
from tests.contracts.term_laws import distribution_coder, some_matches


def test_a_term_is_gain_times_the_reduction_of_its_values() -> None:
    matches, _ = some_matches(9)
    term = BoxRegressionTerm(distribution_coder().decode, gain=3.0, reducer=PairMean())
    assert isinstance(term, ReducedTerm)
    values = term.values(matches)
    torch.testing.assert_close(weighted_reduction(term, values, matches), 3 * values.mean())
    assert torch.equal(term(matches), weighted_reduction(term, values, matches))
    assert torch.equal(term(matches), reduced_values(term, matches))


@pytest.mark.parametrize("given", [None, 1.0, torch.ones(9), torch.ones(1)])
def test_a_reducer_that_gives_no_number_is_an_error(given: Any) -> None:
    matches, _ = some_matches(9)
    term = BoxRegressionTerm(distribution_coder().decode, reducer=lambda *_: given)
    with pytest.raises(ShapeError, match="A reducer gives one number"):
        term(matches)


@pytest.mark.parametrize("gain", [0.0, 1.0])
def test_a_gain_of_one_and_of_nothing(gain: float) -> None:
    matches, _ = some_matches(9)
    term = BoxRegressionTerm(distribution_coder().decode, gain=gain, reducer=PairMean())
    torch.testing.assert_close(term(matches), gain * term.values(matches).mean())
