"""Running an assigner over a whole data set, as a training would."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from boxwright.assigners import BipartiteAssigner, ExplainingAssigner, MaxIouAssigner
from boxwright.data import Dataset
from boxwright.errors import ConfigError
from boxwright.inference import Runner
from boxwright.inspection.diagnosis.subject import Subject
from boxwright.inspection.diagnosis.survey.batches import Sight, batches
from boxwright.inspection.diagnosis.survey.tally import Tally, join_tallies, tally_batch
from boxwright.structures import Assignment, Priors, Proposals, Targets
from boxwright.structures.verdicts import Verdicts
from boxwright.systems import System

Progress = Callable[[int, int], None]
"""Told how many images are done, of how many."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What an assigner does with a data set.

    Args:
        subject: Whose assigner.
        tally: What became of every target.
        strides: Canvas pixels per cell, by pyramid level.
        priors: How many, by level.
        is_dynamic: Whether the assigner looks at predictions.
        threshold: The IoU from which a prior answers for a target, or None if the assigner has no such rule.
        max_stride: Sides of the canvas are multiples of it.
    """

    subject: Subject
    tally: Tally
    strides: tuple[int, ...]
    priors: tuple[int, ...]
    is_dynamic: bool
    threshold: float | None
    max_stride: int


def survey(
    subject: Subject,
    dataset: Dataset,
    sight: Sight | None = None,
    *,
    reasons: bool = True,
    progress: Progress | None = None,
) -> Survey:
    """Assigns every target of a data set and counts what becomes of it.

    An assigner that does not look at predictions needs no image and no network, unless the images are augmented. A new
    network normalises by the statistics of its batch, as in training; a trained one by those that it has learned.

    Args:
        subject: Whose assigner.
        dataset: The objects.
        sight: How the images are seen.
        reasons: Whether to count the priors that targets lose to others, which takes longer.
        progress: Told about every batch.

    Raises:
        ConfigError: The system cannot be built so.
        DataError: An image cannot be read.
    """
    view = sight or Sight()
    system = subject.build(len(dataset.categories), has_weights=False)
    priors = system.prior_generator(subject.canvas_size, "cpu")
    is_dynamic = looks_at_predictions(system, priors)
    runner = None
    if is_dynamic:
        system = subject.build(len(dataset.categories))
        runner = _runner(system, subject, view.device)
        priors = runner.priors
    tallies: list[Tally] = []
    done, total = 0, view.count(dataset)
    for targets, images in batches(
        system, subject.canvas_size, dataset, view, num_priors=len(priors), has_images=is_dynamic
    ):
        placed = targets.to(priors.boxes.device)
        proposals = None
        if runner is not None and images is not None:
            proposals = Proposals(runner.predictions(images), priors, system.criterion.decode)
        assignment, verdicts = _assigned(system, priors, placed, proposals, reasons=reasons)
        reaches = getattr(system.criterion, "reaches", None)
        tallies.append(tally_batch(priors, placed, assignment, verdicts, reaches, is_dynamic=is_dynamic))
        done += targets.batch_size
        if progress is not None:
            progress(done, total)
    strides = tuple(grid.stride for grid in priors.grids)
    counts = tuple(grid.num_priors for grid in priors.grids)
    tally = join_tallies(tallies, len(strides))
    threshold = overlap_threshold(system.criterion.assigner)
    return Survey(subject, tally, strides, counts, is_dynamic, threshold, system.max_stride)


def looks_at_predictions(system: System, priors: Priors) -> bool:
    """Says whether an assigner needs predictions, by asking it to assign nothing without any.

    Args:
        system: Whose assigner.
        priors: Of any canvas.
    """
    nothing = Targets.from_lists([torch.zeros(0, 4)], [torch.zeros(0)])
    try:
        system.criterion.assigner(priors, nothing)
    except (ConfigError, AttributeError, TypeError):  # somebody's own may ask nothing of what is not there
        return True
    return False


def overlap_threshold(assigner: object) -> float | None:
    """Gives the IoU from which an assigner pairs a target with a prior; None if it has no such rule.

    Args:
        assigner: Of a system.
    """
    if isinstance(assigner, MaxIouAssigner):
        return assigner.positive
    return assigner.threshold if isinstance(assigner, BipartiteAssigner) else None


def _runner(system: System, subject: Subject, device: torch.device | str) -> Runner:
    """Makes the network ready to run, in the state that a training would find it in."""
    if subject.own is None and subject.checkpoint is None and system.start is not None:
        system.start(system.detector)
    is_trained = not system.detector.training if subject.own is not None else subject.checkpoint is not None
    return Runner(system, subject.canvas_size, device=device, is_trained=is_trained)


def _assigned(
    system: System, priors: Priors, targets: Targets, proposals: Proposals | None, *, reasons: bool
) -> tuple[Assignment, Verdicts | None]:
    """Assigns, with reasons if they are wanted and the assigner can give them."""
    assigner = system.criterion.assigner
    if reasons and isinstance(assigner, ExplainingAssigner):
        return assigner.explain(priors, targets, proposals)
    return assigner(priors, targets, proposals), None
