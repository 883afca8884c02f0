"""Proof that an exported file finds what the model finds: the same images, both ways, from bytes to boxes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter

from boxwright.data import Dataset, evaluation_loader
from boxwright.errors import counted
from boxwright.evaluation.measurement import score
from boxwright.exporting.checking.check_data import check_images, most_images
from boxwright.exporting.checking.comparison import Comparison, compare
from boxwright.exporting.checking.raw_outputs import RawDifference, raw_difference
from boxwright.inference import Runner, load_program
from boxwright.inference.program_network import ProgramNetwork
from boxwright.structures import Batch, Detections
from boxwright.systems import ModelCard, System

AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Tolerance:
    """By how much an exported file may differ.

    Args:
        box: Pixels of the original image.
        score: Of a detection.
        ap: Of the whole.
        unmatched: Share of the detections that may have no counterpart: in float16 some overlaps fall on the other
            side of a limit.
    """

    box: float
    score: float
    ap: float
    unmatched: float = 0.0


TOLERANCES = {"32": Tolerance(0.05, 1e-4, 1e-4), "16": Tolerance(1.0, 1e-2, 1e-2, 0.01)}
"""By precision, unless the user says otherwise."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found.

    Args:
        images: Which images.
        comparison: Of the detections.
        raw: Of the raw outputs of the first images; None for a file that removes boxes itself.
        ap: Of the model and of the file; None where the images have other categories.
        milliseconds: Of the model and of the file, per image: network and everything behind it, median.
        tolerance: What was allowed.
    """

    images: str
    comparison: Comparison
    raw: RawDifference | None
    ap: tuple[float, float] | None
    milliseconds: tuple[float, float]
    tolerance: Tolerance

    @property
    def faults(self) -> list[str]:
        """What goes beyond the tolerance, and at which step."""
        found, allowed = self.comparison, self.tolerance
        faults = []
        lone = found.num_detections - found.num_matched
        if lone > allowed.unmatched * found.num_detections:
            faults.append(f"{counted(lone, 'detection has', 'detections have')} no counterpart")
        if not found.box_difference <= allowed.box:
            faults.append(f"boxes differ by up to {found.box_difference:.3g} pixels, {allowed.box:g} are allowed")
        if not found.score_difference <= allowed.score:
            faults.append(f"scores differ by up to {found.score_difference:.3g}, {allowed.score:g} is allowed")
        if self.ap is not None and abs(self.ap[0] - self.ap[1]) > allowed.ap:
            faults.append(f"AP is {self.ap[1]:.5f} in place of {self.ap[0]:.5f}")
        return [f"{'; '.join(faults)}. {self._place}"] if faults else []

    @property
    def _place(self) -> str:
        """Says at which step a difference begins."""
        if self.raw is None:
            return "The file removes boxes itself; check one with --nms none to see at which step it begins."
        if not self.raw.scores <= self.tolerance.score:
            return f"It begins in the network: raw scores differ by up to {self.raw.scores:.3g}."
        if not self.raw.boxes <= self.tolerance.box:
            return f"It begins in the decoding: raw boxes differ by up to {self.raw.boxes:.3g} canvas pixels."
        return (
            "Raw outputs agree, so it begins in the suppression: two overlaps or scores lie on either side of a limit."
        )

    def __str__(self) -> str:
        """Says it in a few lines."""
        found = self.comparison
        lines = [
            f"Checked on {self.images}: {found.num_matched} of {counted(found.num_detections, 'detection')} matched.",
            f"  largest difference   boxes {found.box_difference:.2g} pixels, scores {found.score_difference:.2g}",
        ]
        if not found.num_detections:
            lines.append(
                "  Nothing was found, so this compares the network alone. Train further, or --check other data."
            )
        if found.mask_difference is not None:
            lines.append(f"  masks                up to {found.mask_difference:.2%} of the pixels of an object")
        if self.raw is not None:
            lines.append(f"  raw outputs          boxes {self.raw.boxes:.2g} pixels, scores {self.raw.scores:.2g}")
        if self.ap is not None:
            lines.append(f"  AP 50:95             model {self.ap[0]:.4f}, file {self.ap[1]:.4f}")
        lines.append("  milliseconds/image   model {:.1f}, file {:.1f}".format(*self.milliseconds))
        return "\n".join(lines)


def check(system: System, card: ModelCard, file: Path, data: str, tolerance: Tolerance) -> CheckReport:
    """Runs a model and the file that was made of it over the same images.

    Args:
        system: As it was exported.
        card: Of the model.
        file: That was exported.
        data: A data set, or "auto".
        tolerance: What is allowed.

    Raises:
        DataError: The data set cannot be read.
    """
    program, _ = load_program(file)
    canvas_size = program.description.canvas_size
    most = most_images(program.path, program.description.precision)
    dataset, images = check_images(data, system, card, most)
    batches = list(evaluation_loader(dataset, canvas_size, AT_ONCE, workers=0, fit=system.fit))
    rule = replace(system.postprocessor, multi_label=program.postprocessor.multi_label)
    system = replace(system, postprocessor=rule)
    ours, our_time = _found(Runner(system, canvas_size), batches)
    runner = Runner(program, canvas_size)
    theirs, their_time = _found(runner, batches)
    comparison = sum((compare(ours[each], theirs[each]) for each in ours), Comparison(0, 0, 0.0, 0.0))
    raw = None
    if not program.description.suppresses and batches:
        raw = raw_difference(system, ProgramNetwork(program, canvas_size, runner.device, "32"), batches[0])
    ap = (_ap(ours, dataset), _ap(theirs, dataset)) if dataset.categories == card.categories else None
    return CheckReport(images, comparison, raw, ap, (our_time, their_time), tolerance)


def _found(runner: Runner, batches: list[Batch]) -> tuple[dict[int, Detections], float]:
    """Gives detections by image id, and milliseconds per image, the first batch not counted."""
    found: dict[int, Detections] = {}
    times = []
    for batch in batches:
        start = perf_counter()
        detections = runner(batch)
        times.append(1000 * (perf_counter() - start) / max(len(detections), 1))
        found |= {one.origin.image_id: one for one in detections}
    return found, median(times[1:] or times or [0.0])


def _ap(found: Mapping[int, Detections], dataset: Dataset) -> float:
    return score({image: replace(each, masks=None) for image, each in found.items()}, dataset).ap
