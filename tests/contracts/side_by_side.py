"""Many combinations of parts trained at once: each has images of its own in one long batch.

So a training costs what its operators cost, not what it takes to call them, and every combination can be tried.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import torch
from torch import Tensor

from boxwright.criterion import Criterion, Matches
from boxwright.criterion.matches import gather_matches
from boxwright.structures import Assignment, Predictions, Priors, Targets

Predict = Callable[[list[Tensor]], Predictions]
Pieces = dict[int, Matches]


class Combination(NamedTuple):
    """Reducer, class loss and box loss, the criterion that they are put into, and which of its terms are trained."""

    reducer: str
    class_loss: str
    box_loss: str
    criterion: Criterion
    terms: tuple[Any, ...]

    def variant(self, term: Any) -> tuple[str, str]:
        """Gives what the values of a term depend on before they are reduced."""
        return term.name, {"class": self.class_loss, "box": self.box_loss}.get(term.name, "")

    @property
    def has_pairs_only(self) -> bool:
        """Tells whether no term charges background."""
        return not any(term.name in ("class", "objectness") for term in self.terms)


def repeated(targets: Targets, times: int) -> Targets:
    """The same images again and again."""
    image = targets.image.repeat(times) + torch.arange(times).repeat_interleave(len(targets)) * targets.batch_size
    labels, ignore = targets.labels.repeat(times), targets.ignore.repeat(times)
    return Targets(targets.boxes.repeat(times, 1), labels, image, ignore, targets.batch_size * times)


def parts_of(found: Assignment, images: int) -> list[Assignment]:
    """Cuts the assignment of a long batch into those of so many images each; their targets are of the long batch."""
    found = found.take(found.image.argsort(stable=True), found.ignored)
    whose = found.image.div(images, rounding_mode="floor")
    counts = torch.bincount(whose, minlength=found.num_images // images).tolist()
    columns = (found.image % images, found.prior, found.target, found.quality, found.weight)
    cut = [column.split(counts) for column in columns]
    return [Assignment(*each) for each in zip(*cut, found.ignored.split(images), strict=True)]


def joined(parts: Iterable[Assignment], images: int) -> Assignment:
    """Puts them one behind the other again."""
    given = list(parts)
    shifted = [part.image + images * place for place, part in enumerate(given)]
    columns = ([getattr(part, name) for part in given] for name in ("prior", "target", "quality", "weight", "ignored"))
    return Assignment(torch.cat(shifted), *(torch.cat(column) for column in columns))


@dataclass(frozen=True)
class SideBySide:
    """Combinations of losses, each with images of its own, whose objects are `targets`."""

    combinations: list[Combination]
    priors: Priors
    predict: Predict
    targets: Targets

    @property
    def images(self) -> int:
        return self.targets.batch_size

    @cached_property
    def batch(self) -> Targets:
        """The objects of all combinations."""
        return repeated(self.targets, len(self.combinations))

    def step(self, criterion: Criterion, leaves: list[Tensor]) -> tuple[list[Tensor], Tensor, Tensor, Tensor]:
        """Takes a step of gradient descent, by a small part of the loss.

        Gives the outputs, the losses before and after it, and who has nothing to learn. Both losses are of the
        assignment before the step, since there may be another one after it.
        """
        found, leaves = self.assigned(criterion, leaves), [leaf.detach().requires_grad_() for leaf in leaves]
        pieces: Pieces = {}
        before = self.totals(leaves, found, pieces)
        slopes = torch.autograd.grad(before.sum(), leaves, materialize_grads=True)
        length = torch.stack([self._of_combinations(slope).square().sum(dim=(1, 2, 3)) for slope in slopes]).sum(dim=0)
        step = 0.005 * before.detach() / length.clamp(min=1e-12)
        with torch.no_grad():
            leaves = [
                (self._of_combinations(leaf) - step.view(-1, 1, 1, 1) * self._of_combinations(slope)).flatten(0, 1)
                for leaf, slope in zip(leaves, slopes, strict=True)
            ]
            after = self.totals(leaves, found, pieces)
        for each in self.combinations:
            each.criterion.after_step()
        is_idle = torch.tensor(
            [
                not len(part) and (each.has_pairs_only or bool(part.ignored.all()))
                for each, part in zip(self.combinations, found, strict=True)
            ]
        )
        return leaves, before.detach(), after, is_idle

    def assigned(self, criterion: Criterion, leaves: list[Tensor]) -> list[Assignment]:
        """The sampled assignment of every combination."""
        return parts_of(criterion.assign(self.predict(leaves), self.priors, self.batch), self.images)

    def totals(self, leaves: list[Tensor], found: list[Assignment], pieces: Pieces) -> Tensor:
        """The loss of every combination; what several share before it is reduced is computed in one call.

        What reducers read, the assignment and the priors, is kept in `pieces` for the next call.
        """
        groups: dict[tuple[str, str], list[tuple[int, Any]]] = defaultdict(list)
        for place, each in enumerate(self.combinations):
            for term in each.terms:
                groups[each.variant(term)].append((place, term))
        shares: list[list[Tensor]] = [[] for _ in self.combinations]
        for members in groups.values():
            places = [place for place, _ in members]
            some = [self._of_combinations(leaf)[places].flatten(0, 1) for leaf in leaves]
            given = joined((found[place] for place in places), self.images)
            matches = gather_matches(self.predict(some), self.priors, self.batch, given)
            values = members[0][1].values(matches)
            sizes = [self.images if values.dim() == 2 else len(found[place]) for place in places]
            for (place, term), value in zip(members, values.split(sizes), strict=True):
                if place not in pieces:
                    pieces[place] = replace(matches, assignment=found[place])
                shares[place].append(term.reduce(value, pieces[place]))
        return torch.stack([torch.stack(share).sum() for share in shares])

    def _of_combinations(self, leaf: Tensor) -> Tensor:
        return leaf.unflatten(0, (len(self.combinations), self.images))
