"""Whose loss it is: the share of every object and of every image's background."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.criterion.matches import Matches
from boxwright.criterion.term import AttributableTerm, Term
from boxwright.errors import ConfigError
from boxwright.structures.assignment import Assignment


@dataclass(frozen=True, slots=True)
class Attribution:
    """The losses of a batch, shared out; gains and the batch factor are included.

    Law: per name, the sum over targets and background is the loss of the batch.

    Args:
        targets: By name, the share of each target; 0 for one without positives.
        background: By name, what the priors of each image cost that are in no pair.
    """

    targets: dict[str, Float[Tensor, "targets"]]
    background: dict[str, Float[Tensor, "batch"]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a criterion found out about a batch.

    Args:
        losses: The weighted losses by name; the total is their sum.
        assignment: The sampled assignment that they are of.
        attribution: Whose losses they are, if asked for; detached.
    """

    losses: dict[str, Float[Tensor, ""]]
    assignment: Assignment
    attribution: Attribution | None = None


def contributions(
    term: AttributableTerm, values: Float[Tensor, "..."], matches: Matches
) -> tuple[Float[Tensor, "targets"], Float[Tensor, "batch"]]:
    """Shares out the loss of one term to targets and to the background of the images.

    A term is a linear reduction of values per pair or per prior, so a value contributes itself times the derivative
    of the reduction by it, and the contributions sum up to the loss. What a pair contributes is its target's. What a
    prior contributes is its target's too, in equal parts if it serves several, and else part of the background.

    Args:
        term: Gave the values.
        values: Per pair or per prior; not differentiated.
        matches: What they were computed from.
    """
    values = values.detach().requires_grad_()
    with torch.enable_grad():
        (slopes,) = torch.autograd.grad(term.reduce(values, matches), values)
    parts, found = values.detach() * slopes, matches.assignment
    of_targets = parts.new_zeros(len(matches.targets))
    of_background = parts.new_zeros(matches.targets.batch_size)
    if parts.dim() == 1:
        return of_targets.index_add_(0, found.target, parts), of_background
    at = (found.image, found.prior)
    served = torch.zeros_like(parts).index_put_(at, parts.new_ones(len(found)), accumulate=True)
    of_targets.index_add_(0, found.target, parts[at] / served[at])
    return of_targets, parts.masked_fill(served > 0, 0).sum(dim=1)


def attributable(terms: tuple[Term, ...]) -> list[AttributableTerm]:
    """Gives the terms as ones that say which value is whose.

    Args:
        terms: Of a criterion.

    Raises:
        ConfigError: A term gives a single number only.
    """
    able = [term for term in terms if isinstance(term, AttributableTerm)]
    if len(able) < len(terms):
        lacking = [term.name for term in terms if not isinstance(term, AttributableTerm)]
        raise ConfigError(
            f"The loss of {', '.join(lacking)} cannot be shared out to objects: the term has no `values` and `reduce`. "
            "Write it as an AttributableTerm, or do without the loss per object."
        )
    return able
