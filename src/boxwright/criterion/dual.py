"""Two criteria for two heads on the same features: one for many points per object, one for one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from jaxtyping import Float
from torch import Tensor

from boxwright.assigners.assigner import Assigner
from boxwright.criterion.attribution import Attribution, Outcome
from boxwright.criterion.criterion import Reaches
from boxwright.criterion.criterion_like import CriterionLike, state_of
from boxwright.errors import ShapeError
from boxwright.structures.assignment import Assignment
from boxwright.structures.dual_predictions import many_of
from boxwright.structures.predictions import Predictions
from boxwright.structures.priors import Priors
from boxwright.structures.proposals import Decode
from boxwright.structures.targets import Targets

PREFIX = "one_"


@dataclass(frozen=True, slots=True)
class DualCriterion:
    """Adds up the losses of two heads: those of the head for one point per object have names that begin with "one_".

    What is said of the criterion as a whole (assignment, assigner, coder) is said of the head for one, which the system
    predicts by. In evaluation the network gives the predictions of that head alone, and the losses are its losses.

    Source: YOLOv10, Wang et al. 2024, sec. 3.1: both assign by the same metric.

    Args:
        many: Of the head that learns from many points per object.
        one: Of the head that learns from one.
    """

    many: CriterionLike
    one: CriterionLike

    @property
    def assigner(self) -> Assigner:
        """That of the head for one point per object."""
        return self.one.assigner

    @property
    def decode(self) -> Decode:
        """The coder's `decode`."""
        return self.one.decode

    @property
    def times_batch_size(self) -> bool:
        """Whether the losses grow with the number of images."""
        return self.one.times_batch_size

    @property
    def reaches(self) -> Reaches | None:
        """The coder's `reaches`."""
        reaches: Reaches | None = getattr(self.one, "reaches", None)
        return reaches

    def __call__(self, predictions: Predictions, priors: Priors, targets: Targets) -> dict[str, Float[Tensor, ""]]:
        """Gives the weighted losses by name; the total is their sum.

        Args:
            predictions: The head's output.
            priors: The priors of the canvas.
            targets: The objects of the batch.

        Raises:
            ShapeError: Predictions, priors and targets do not belong together, or a label is too large.
        """
        return self.run(predictions, priors, targets).losses

    def run(self, predictions: Predictions, priors: Priors, targets: Targets, *, attribute: bool = False) -> Outcome:
        """Gives the weighted losses, the assignment to one point per object, and on request whose losses they are.

        Args:
            predictions: The head's output.
            priors: The priors of the canvas.
            targets: The objects of the batch.
            attribute: Whether the losses are shared out to objects and background.

        Raises:
            ShapeError: Predictions, priors and targets do not belong together, or a label is too large.
            ConfigError: A term cannot be shared out.
        """
        outcome = _prefixed(self.one.run(predictions, priors, targets, attribute=attribute))
        many = many_of(predictions)
        if many is None:
            return outcome
        first = self.many.run(many, priors, targets, attribute=attribute)
        losses, shares = {**first.losses, **outcome.losses}, outcome.attribution
        if shares is not None and first.attribution is not None:
            shares = Attribution(
                {**first.attribution.targets, **shares.targets}, {**first.attribution.background, **shares.background}
            )
        return Outcome(losses, outcome.assignment, shares)

    def assign(self, predictions: Predictions, priors: Priors, targets: Targets) -> Assignment:
        """Gives the assignment to one point per object.

        Args:
            predictions: The head's output.
            priors: The priors of the canvas.
            targets: The objects of the batch.
        """
        return self.one.assign(predictions, priors, targets)

    def after_step(self) -> None:
        """Lets the states of the parts of both move; a training calls it once after every batch."""
        for half in self._halves.values():
            half.after_step()

    def state_dict(self) -> dict[str, dict[str, Tensor]]:
        """Gives the states by half and part, such as "many.box.loss"."""
        return {
            f"{name}.{part}": state for name, half in self._halves.items() for part, state in half.state_dict().items()
        }

    def load_state_dict(self, state: Mapping[str, Mapping[str, Tensor]]) -> None:
        """Takes up the states.

        Args:
            state: From `state_dict` of a criterion with the same parts.

        Raises:
            ShapeError: It is of other parts.
        """
        others = sorted(part for part in state if part.partition(".")[0] not in self._halves)
        if others:
            raise ShapeError(
                f"The checkpoint has a state of {others}, the criterion is one of two heads. "
                "Resume with the options that the training began with."
            )
        for name, half in self._halves.items():
            own = {part.removeprefix(f"{name}."): each for part, each in state.items() if part.startswith(f"{name}.")}
            half.load_state_dict(own)

    @property
    def _halves(self) -> dict[str, Any]:
        """Gives what keeps the states of both."""
        return {"many": state_of(self.many), "one": state_of(self.one)}


def _prefixed(outcome: Outcome) -> Outcome:
    """Gives the losses names of their own."""

    def named(values: dict[str, Tensor]) -> dict[str, Tensor]:
        return {f"{PREFIX}{name}": value for name, value in values.items()}

    shares = outcome.attribution
    if shares is not None:
        shares = Attribution(named(shares.targets), named(shares.background))
    return replace(outcome, losses=named(outcome.losses), attribution=shares)
