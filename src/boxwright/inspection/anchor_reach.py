"""The command that asks whether the anchors of a system reach the objects of a data set."""

from pathlib import Path
from typing import Any, Literal

from boxwright.data import ReadingLimits, open_dataset
from boxwright.data.anchor_report import AnchorReport, measure_anchors, object_sizes, with_fitted
from boxwright.data.reading_limits import DEFAULT_LIMITS
from boxwright.data.sources import part_name
from boxwright.data.verification.objects_to_learn import require_objects
from boxwright.errors import ConfigError
from boxwright.geometry.canvas import canvas_pair
from boxwright.settings.python_names import answers_names
from boxwright.systems import SYSTEMS, system_options


@answers_names("anchors")
def anchors(
    data: str | Path,
    system: str = "yolov5n",
    *,
    canvas: int | tuple[int, int] = 640,
    split: Literal["train", "val"] = "train",
    seed: int = 0,
    on_bad: Literal["error", "skip"] = "error",
    val: float | str | None = None,
    val_seed: int = 0,
    allow_outside: bool = False,
    max_pixels: int = DEFAULT_LIMITS.max_pixels,
) -> AnchorReport:
    """Measures a system's anchors on a data set, and fits anchors to its objects; nothing is changed.

    Args:
        data: Data set: a folder, an annotation file, or "sample:bccd".
        system: Whose anchors, for instance yolov5n.
        canvas: Side of the network's input in pixels, or height and width.
        split: Part of the data set.
        seed: Of the fit.
        on_bad: What to do about faulty annotations: stop with an error, or skip them.
        val: For data without parts: share of the images to measure on, or the file or run directory that says which.
        val_seed: Of the choice of these images.
        allow_outside: Whether a path in an annotation file may lead out of the folder of the data.
        max_pixels: Largest height × width of an image.

    Raises:
        ConfigError: The system has no anchors.
        DataError: The data set is not usable.
    """
    options: dict[str, Any] = system_options(system)
    if "anchors" not in options:
        having = ", ".join(name for name in SYSTEMS if "anchors" in system_options(name))
        raise ConfigError(f"{system} has no anchors to fit. Systems that have: {having}.")
    limits = ReadingLimits(allow_outside, max_pixels)
    dataset = open_dataset(data, split, on_bad=on_bad, limits=limits, val=val, val_seed=val_seed)
    require_objects(dataset, canvas_pair(canvas), part_name(data, split), "learn" if split == "train" else "measure")
    sizes, limit = object_sizes(dataset, canvas_pair(canvas)), float(options["anchor_threshold"])
    report = measure_anchors(sizes, canvas_pair(canvas), options["anchors"], limit)
    return with_fitted(report, sizes, limit, seed=seed)
