from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor

from boxwright.criterion import Criterion, CriterionLike, Outcome, ssd_criterion
from boxwright.criterion.criterion_like import state_of
from boxwright.errors import ConfigError
from boxwright.structures import Assignment


class Counted:
    """A loss that counts its steps."""

    steps = torch.zeros(())

    def after_step(self) -> None:
        self.steps = self.steps + 1

    def state_dict(self) -> dict[str, Tensor]:
        return {"steps": self.steps}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        self.steps = state["steps"]


@dataclass
class Own:
    """A criterion with the members that are asked for, and no other."""

    loss: Any = None
    assigner: Any = None
    decode: Any = None
    times_batch_size: bool = False

    def run(self, predictions: Any, priors: Any, targets: Any, *, attribute: bool = False) -> Outcome:
        raise NotImplementedError

    def assign(self, predictions: Any, priors: Any, targets: Any) -> Assignment:
        raise NotImplementedError


def test_ours_and_others_are_criteria() -> None:
    assert isinstance(ssd_criterion(), CriterionLike)
    assert isinstance(Own(), CriterionLike)
    assert not isinstance(torch.nn.L1Loss(), CriterionLike)


def test_a_criterion_answers_for_its_state() -> None:
    criterion: Criterion = ssd_criterion()
    assert state_of(criterion) is criterion


def test_the_state_of_a_part_moves_and_is_saved() -> None:
    state = state_of(Own(Counted()))
    assert state.state_dict() == {"criterion": {"steps": torch.zeros(())}}
    state.after_step()
    other = Own(Counted())
    state_of(other).load_state_dict(state.state_dict())  # type: ignore[arg-type]
    assert other.loss.steps == 1


def test_without_a_state_there_is_nothing_to_do() -> None:
    state = state_of(Own())
    state.after_step()
    state.load_state_dict({})
    assert state.state_dict() == {}


def test_half_a_state_is_an_error() -> None:
    own = Own()
    own.after_step = lambda: None  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match="no state_dict, load_state_dict"):
        state_of(own)
