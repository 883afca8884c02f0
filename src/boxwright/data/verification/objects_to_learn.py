"""Whether a part of a data set has an object that can be learned, or measured on."""

import logging
from typing import Literal

from boxwright.data.dataset import Dataset
from boxwright.data.faults import Fault
from boxwright.data.loading.ram_cache import RamCache
from boxwright.data.tiles.tiled import Tiled
from boxwright.data.transforms.composition import SMALLEST_SIDE
from boxwright.errors import DataError, counted
from boxwright.geometry.letterbox import fit_letterbox

Use = Literal["learn", "measure"]
"""What a part is for."""

_log = logging.getLogger(__name__)


def lack_of_objects(
    dataset: Dataset, canvas_size: tuple[int, int], source: str, use: Use, *, left_out: int | None = None
) -> Fault | None:
    """Says why there is nothing to learn from a part, or to measure on it; None if it has one object that counts.

    It looks no further than to the first such object: crowds, difficult objects and those that a training leaves out
    because a side is under `SMALLEST_SIDE` pixels on the canvas do not count.

    Args:
        dataset: The part, without what is faulty.
        canvas_size: Height and width in pixels.
        source: What to call the part.
        use: What it is for.
        left_out: Number of faults that are left out of the part; if None, what the part says itself.
    """
    if not len(dataset):
        return Fault("part-empty", source, None, "there is no image")
    ignored = small = 0
    for position in range(len(dataset)):
        truth = dataset.truth(position)
        boxes = truth.boxes[~truth.ignore]
        sides = fit_letterbox(truth.origin.size, canvas_size).to_canvas(boxes)
        if bool(((sides[:, 2:] - sides[:, :2]) >= SMALLEST_SIDE).all(dim=1).any()):
            return None
        ignored, small = ignored + int(truth.ignore.sum()), small + len(boxes)
    faults = _left_out(dataset) if left_out is None else left_out
    what, cures = _causes(ignored, small, faults, canvas_size)
    code = "nothing-to-learn" if use == "learn" else "nothing-to-measure"
    purpose = "learn" if use == "learn" else "measure on"
    text = what or f"there is none in {counted(len(dataset), 'tile' if isinstance(dataset, Tiled) else 'image')}"
    return Fault(code, source, None, f"no object to {purpose}: {text}", "; ".join(cures))


def require_objects(dataset: Dataset, canvas_size: tuple[int, int], source: str, use: Use) -> None:
    """Stops where nothing can be learned; warns where nothing can be measured.

    Args:
        dataset: As for `lack_of_objects`.
        canvas_size: Height and width in pixels.
        source: What to call the part.
        use: What it is for.

    Raises:
        DataError: There is nothing to learn, or no image at all.
    """
    lack = lack_of_objects(dataset, canvas_size, source, use)
    if lack is None:
        return
    if lack.severity == "error":
        raise DataError(f"{lack}.")
    _log.warning("%s.", lack)


def _causes(ignored: int, small: int, faults: int, canvas_size: tuple[int, int]) -> tuple[str, list[str]]:
    """Says what became of the objects, and what to do about each."""
    every = "all " if bool(ignored) + bool(small) + bool(faults) == 1 else ""
    what, cures = [], []
    if ignored:
        what.append(
            f"{every}{ignored:,} are crowd regions (iscrowd 1) or difficult ones (Pascal VOC), which are ignored"
        )
        cures.append(
            "set iscrowd or difficult to 0 where an object shall be found; tools that paint masks with a brush write "
            "iscrowd 1 for each"
        )
    if small:
        height, width = canvas_size
        what.append(f"{every}{small:,} are under {SMALLEST_SIDE:g} pixels on a canvas of {height} × {width}")
        cures.append("take a larger canvas, cut the images into tiles, or look whether the boxes are in pixels")
    if faults:
        what.append(f"{counted(faults, 'fault')} left out")
        cures.append("mend the faults")
    return ", ".join(what), cures or ["add objects, or point to the annotations that have them"]


def _left_out(dataset: Dataset) -> int:
    while isinstance(dataset, RamCache | Tiled):
        dataset = dataset.dataset
    return len(getattr(dataset, "skipped", ()))
