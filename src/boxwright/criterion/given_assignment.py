"""What an assigner or a sampler gave, which may be one of the user's own."""

from collections.abc import Iterator

import torch
from torch import Tensor

from boxwright.errors import ShapeError
from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors
from boxwright.structures.targets import Targets


def require_assignment(assignment: object, priors: Priors, targets: Targets, part: object) -> None:
    """Refuses what is no assignment of this batch; of parts that are not of boxwright the pairs are looked at too.

    Args:
        assignment: That was given.
        priors: The priors of the canvas.
        targets: The objects of the batch.
        part: Who gave it.

    Raises:
        ShapeError: It is of another kind or size, or (on the CPU) a pair is impossible.
    """
    name = type(part).__name__
    if not isinstance(assignment, Assignment):
        raise ShapeError(
            f"{name} gave a {type(assignment).__name__}. Give an Assignment, for instance by Assignment.of_pairs."
        )
    found, wanted = tuple(assignment.ignored.shape), (targets.batch_size, len(priors))
    if found != wanted:
        raise ShapeError(
            f"The assignment of {name} is for {found[0]} images and {found[1]} priors; the batch has {wanted[0]}, the "
            f"canvas {wanted[1]}. Give its mask `ignored` one row per image and one column per prior."
        )
    if type(part).__module__.partition(".")[0] != "boxwright":
        _require_pairs(assignment, len(priors), targets, name)


def _require_pairs(assignment: Assignment, num_priors: int, targets: Targets, name: str) -> None:
    """Refuses columns of the wrong type, and on the CPU values that are impossible."""
    columns = {each: getattr(assignment, each) for each in ("image", "prior", "target")}
    kinds = {**dict.fromkeys(columns, torch.int64), "ignored": torch.bool}
    for column, kind in kinds.items():
        dtype = getattr(assignment, column).dtype
        if dtype != kind:
            raise ShapeError(f"The column {column} of the assignment of {name} is {dtype}. Give it as {kind}.")
    if assignment.image.device.type != "cpu":
        return
    for what, bad in _faults(assignment, num_priors, targets):
        if bool(bad.any()):
            row = int(bad.nonzero()[0])
            values = ", ".join(f"{each} {column[row].item()}" for each, column in columns.items())
            raise ShapeError(
                f"Pair {row} of the assignment of {name} has {what}: {values}, quality "
                f"{assignment.quality[row].item():g}, weight {assignment.weight[row].item():g}. Correct {name}."
            )


def _faults(assignment: Assignment, num_priors: int, targets: Targets) -> Iterator[tuple[str, Tensor]]:
    """Gives what can be wrong with a pair, and where it is; each can be asked for once those before it are not."""
    prior, target, quality = assignment.prior, assignment.target, assignment.quality
    yield f"a prior outside 0…{num_priors - 1}", (prior < 0) | (prior >= num_priors)
    yield f"a target outside 0…{len(targets) - 1}", (target < 0) | (target >= len(targets))
    yield "an image that is not that of its target", assignment.image != targets.image[target]
    yield "a target that is an ignored region", targets.ignore[target]
    yield "a quality outside 0 to 1", ~((quality >= 0) & (quality <= 1))
    yield "a weight that is not finite, or below 0", ~(assignment.weight.isfinite() & (assignment.weight >= 0))
