"""From predictions and targets to named losses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.assigners.assigner import Assigner
from boxwright.criterion.attribution import Attribution, Outcome, attributable, contributions
from boxwright.criterion.given_assignment import require_assignment
from boxwright.criterion.matches import Matches, Ranking, gather_matches
from boxwright.criterion.state import States, states_of
from boxwright.criterion.term import RankingTerm, Term
from boxwright.errors import ConfigError, ShapeError, counted
from boxwright.geometry.eager import eager
from boxwright.geometry.precision import without_autocast
from boxwright.over_processes import images_per_process
from boxwright.samplers.keep_all import KeepAll
from boxwright.samplers.sampler import Sampler
from boxwright.structures.assignment import Assignment
from boxwright.structures.predictions import Predictions
from boxwright.structures.priors import Priors
from boxwright.structures.proposals import Decode, Proposals
from boxwright.structures.requirement import check_labels
from boxwright.structures.targets import Targets

Reaches = Callable[..., Tensor]
"""A coder's `reaches(*, boxes, priors)`."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """Assigns, samples, and sums up the terms. It has no parameters.

    It keeps nothing between calls, unless a part has a state (such as the `LevelBalance` of objectness, or a loss that
    remembers its mean, see `Stateful`); that moves in `after_step` only, and is saved by `state_dict`.

    Args:
        assigner: Which prediction answers for which object.
        decode: The coder's `decode`, for assigners that look at predicted boxes.
        terms: The parts of the loss.
        sampler: Which priors count.
        times_batch_size: Whether every loss is multiplied by the number of images, as YOLO recipes expect.
        reaches: The coder's `reaches`, for explanations only; None: it can express every box.
    """

    assigner: Assigner
    decode: Decode
    terms: tuple[Term, ...]
    sampler: Sampler = field(default_factory=KeepAll)
    times_batch_size: bool = True
    reaches: Reaches | None = None
    # found once: to ask an object for its protocol takes as long as twenty operators
    _ranking_terms: tuple[RankingTerm, ...] = field(init=False, repr=False, compare=False)
    _states: States = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Checks the names, and finds the parts that can do more than give a loss."""
        names = ["assigner", "sampler", *(term.name for term in self.terms)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ConfigError(
                f"Every term needs a name of its own, and not assigner or sampler; found {', '.join(names[2:])}. Give "
                f"one of {', '.join(twice)} another, for instance {type(self.terms[-1]).__name__}(…, name=…)."
            )
        ranking = tuple(term for term in self.terms if isinstance(term, RankingTerm))
        parts = dict(zip(names, (self.assigner, self.sampler, *self.terms), strict=True))
        object.__setattr__(self, "_ranking_terms", ranking)
        object.__setattr__(self, "_states", States(states_of(parts)))

    def __call__(self, predictions: Predictions, priors: Priors, targets: Targets) -> dict[str, Float[Tensor, ""]]:
        """Gives the weighted losses by name; the total is their sum.

        Args:
            predictions: The head's output, in any precision.
            priors: The priors of the canvas.
            targets: The objects of the batch.

        Raises:
            ShapeError: Predictions, priors and targets do not belong together, or a label is too large (a GPU says so
                later, see `require`).
        """
        return self.run(predictions, priors, targets).losses

    @eager
    def run(self, predictions: Predictions, priors: Priors, targets: Targets, *, attribute: bool = False) -> Outcome:
        """Gives the weighted losses, the assignment that they are of, and on request whose losses they are.

        Args:
            predictions: The head's output, in any precision.
            priors: The priors of the canvas.
            targets: The objects of the batch.
            attribute: Whether the losses are shared out to objects and background; it does not change them.

        Raises:
            ShapeError: Predictions, priors and targets do not belong together, or a label is too large (a GPU says so
                later, see `require`).
            ConfigError: A term cannot be shared out.
        """
        _check(predictions, targets)
        with without_autocast(predictions.device):
            assignment, ranking = self._sampled(predictions, priors, targets)
            matches = gather_matches(predictions, priors, targets, assignment, ranking)
            if attribute:
                return self._attributed(matches)
            factor = self._factor(targets)
            losses = {term.name: term(matches) for term in self.terms}
            is_one = isinstance(factor, int) and factor == 1
            return Outcome({name: loss if is_one else factor * loss for name, loss in losses.items()}, assignment)

    def attribution(self, predictions: Predictions, priors: Priors, targets: Targets) -> Attribution:
        """Tells whose losses they are: the share of every target and of the background of every image.

        A call counts as one of the criterion for terms that keep something for `after_step`.

        Args:
            predictions: The head's output, in any precision.
            priors: The priors of the canvas.
            targets: The objects of the batch.

        Raises:
            ShapeError: Predictions, priors and targets do not belong together, or a label is too large (a GPU says so
                later, see `require`).
            ConfigError: A term cannot be shared out.
        """
        with torch.no_grad():
            attribution = self.run(predictions, priors, targets, attribute=True).attribution
        assert attribution is not None
        return attribution

    @eager
    def assign(self, predictions: Predictions, priors: Priors, targets: Targets) -> Assignment:
        """Gives the sampled assignment that the loss uses.

        Args:
            predictions: The head's output.
            priors: The priors of the canvas.
            targets: The objects of the batch.
        """
        with without_autocast(predictions.device):
            return self._sampled(predictions, priors, targets)[0]

    def after_step(self) -> None:
        """Lets the states of the parts move; a training calls it once after every batch that it called this with."""
        self._states.after_step()

    def state_dict(self) -> dict[str, dict[str, Tensor]]:
        """Gives the states by part, such as "box.loss", for a checkpoint that training resumes from."""
        return self._states.state_dict()

    def load_state_dict(self, state: Mapping[str, Mapping[str, Tensor]]) -> None:
        """Takes up the states.

        Args:
            state: From `state_dict` of a criterion with the same terms.

        Raises:
            ShapeError: It is of other parts.
        """
        self._states.load_state_dict(state)

    def _sampled(self, predictions: Predictions, priors: Priors, targets: Targets) -> tuple[Assignment, Ranking | None]:
        with torch.no_grad():
            assignment = self.assigner(priors, targets, Proposals(predictions, priors, self.decode))
            require_assignment(assignment, priors, targets, self.assigner)
            assignment, ranking = self._ranked_sample(assignment, predictions)
            require_assignment(assignment, priors, targets, self.sampler)
        return assignment, ranking

    def _ranked_sample(self, assignment: Assignment, predictions: Predictions) -> tuple[Assignment, Ranking | None]:
        """Gives the sampled assignment, and what the sampler ranked by if it did."""
        rankings: list[Ranking] = []

        def prior_values() -> Tensor:
            rankings.append(self._ranking_term().ranking(predictions))
            return rankings[-1].prior_values

        sampled = self.sampler(assignment, prior_values)
        return sampled, rankings[-1] if rankings else None

    def _attributed(self, matches: Matches) -> Outcome:
        factor = self._factor(matches.targets)
        losses, of_targets, of_background = {}, {}, {}
        for term in attributable(self.terms):
            values = term.values(matches)
            losses[term.name] = term.reduce(values, matches) * factor
            target_part, background_part = contributions(term, values, matches)
            of_targets[term.name], of_background[term.name] = target_part * factor, background_part * factor
        return Outcome(losses, matches.assignment, Attribution(of_targets, of_background))

    def _factor(self, targets: Targets) -> int | Tensor:
        return images_per_process(targets.batch_size, targets.boxes) if self.times_batch_size else 1

    def _ranking_term(self) -> RankingTerm:
        if self._ranking_terms:
            return self._ranking_terms[0]
        raise ConfigError(
            f"{type(self.sampler).__name__} ranks priors by their loss, but none of the terms "
            f"{[term.name for term in self.terms]} gives a loss per prior. Add one with a ranking, or use KeepAll."
        )


def _check(predictions: Predictions, targets: Targets) -> None:
    if predictions.batch_size != targets.batch_size:
        raise ShapeError(
            f"The predictions are of {counted(predictions.batch_size, 'image')}, the targets of "
            f"{targets.batch_size:,}. Build Targets "
            "with the batch_size of the images, images without objects included."
        )
    check_labels(targets.labels, predictions.num_classes)
