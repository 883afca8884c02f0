"""A loss that gives something else than a value for each is an error wherever one can be given."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from boxwright.criterion import BoxRegressionTerm, ClassificationTerm, PairClassificationTerm
from boxwright.errors import ShapeError
from boxwright.losses import AgainstBackground
from boxwright.losses.given_values import described, given_values
from tests.contracts.term_laws import distribution_coder, some_matches

WRONG: dict[str, Callable[[torch.Tensor], Any]] = {
    "mean": lambda values: values.mean(),
    "sum": lambda values: values.sum(),
    "column": lambda values: values.unsqueeze(-1),
    "row": lambda values: values.unsqueeze(0),
    "number": lambda values: values.detach().sum().item(),
    "nothing": lambda values: None,
    "array": lambda values: values.detach().numpy(),
    "fewer": lambda values: values[1:],
}


def test_a_value_for_each_is_given_as_it_is() -> None:
    values = torch.ones(3, 2)
    assert given_values(values, (3, 2), None) is values
    assert described(values) == "a tensor of the shape (3, 2)"


@pytest.mark.parametrize("kind", WRONG)
def test_every_term_refuses_what_its_loss_must_not_give(kind: str) -> None:
    matches, _ = some_matches(9)

    def of_boxes(boxes: torch.Tensor, targets: torch.Tensor) -> Any:
        return WRONG[kind]((boxes - targets).abs().sum(dim=1))

    def of_classes(logits: torch.Tensor, labels: torch.Tensor) -> Any:
        return WRONG[kind]((logits - labels).abs())

    class Pixels:
        def of_pixels(self, boxes: torch.Tensor, targets: torch.Tensor, canvas_size: object) -> Any:
            return of_boxes(boxes, targets)

    for term in (
        BoxRegressionTerm(distribution_coder().decode, loss=of_boxes),
        BoxRegressionTerm(distribution_coder().decode, loss=Pixels()),
        ClassificationTerm(loss=AgainstBackground(of_classes)),
        PairClassificationTerm(loss=of_classes),
    ):
        with pytest.raises(ShapeError, match="A loss gives a value for each"):
            term(matches)
