"""What the page of an inspection reads, as plain values.

Long columns are base64 of little-endian arrays, because a page with 200 images holds some million rows.
"""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from boxwright.geometry.letterbox import Letterbox
from boxwright.inspection.explanation import Explanation
from boxwright.inspection.page.inspected import InspectedImage, InspectedSystem
from boxwright.structures import Assignment, LevelGrid, Priors, Reason
from boxwright.writing.web_page import data_address

BEFORE, AFTER = 64, 128
"""Added to the reason of a row: the pair is in the assignment before sampling, after sampling."""

UNIT, NOTHING = 10_000, 65_535
"""What 1 is written as, and what stands for no value."""


def index_values(
    title: str,
    categories: Sequence[str],
    systems: Sequence[InspectedSystem],
    images: Sequence[InspectedImage],
) -> dict[str, Any]:
    """Gives what the page reads when it opens.

    Args:
        title: Of the page.
        categories: Class names by label.
        systems: The columns.
        images: What they were tried on.
    """
    return {
        "title": title,
        "categories": list(categories),
        "reasons": [reason.text for reason in Reason],
        "positive": int(Reason.POSITIVE),
        "before": BEFORE,
        "after": AFTER,
        "unit": UNIT,
        "systems": [_system_values(system) for system in systems],
        "images": [_entry(image) for image in images],
    }


def image_values(image: InspectedImage) -> dict[str, Any]:
    """Gives what the page reads when an image is shown.

    Args:
        image: One of the inspection.
    """
    return {
        "picture": data_address(image.picture),
        "boxes": image.boxes.double().mul(100).round().div(100).tolist(),
        "labels": image.labels.tolist(),
        "ignore": image.ignore.long().tolist(),
        "results": [
            _result(explanation, letterbox, len(image.boxes))
            for explanation, letterbox in zip(image.explanations, image.letterboxes, strict=True)
        ],
    }


def _system_values(system: InspectedSystem) -> dict[str, Any]:
    grids = [_grid(system.priors, grid) for grid in system.priors.grids]
    return {"name": system.name, "canvas": list(system.priors.canvas_size), "grids": grids}


def _grid(priors: Priors, grid: LevelGrid) -> dict[str, Any]:
    """Describes a level so that the box of every prior follows from its index."""
    count = grid.priors_per_cell
    sizes = priors.boxes[grid.start : grid.start + count, 2:].double()
    x, y = priors.boxes[grid.start, :2].tolist()
    right = priors.boxes[grid.start + count, 0].item() if grid.width > 1 else x + grid.stride
    below = priors.boxes[grid.start + count * grid.width, 1].item() if grid.height > 1 else y + grid.stride
    return {
        "start": grid.start,
        "stride": grid.stride,
        "height": grid.height,
        "width": grid.width,
        "origin": [x, y],
        "step": [right - x, below - y],
        "sizes": sizes.mul(1000).round().div(1000).tolist(),
    }


def _entry(image: InspectedImage) -> dict[str, Any]:
    """Gives what the list of images shows: how many objects every system leaves without a positive."""
    counted = ~image.ignore
    return {
        "name": image.name,
        "height": image.size[0],
        "width": image.size[1],
        "thumbnail": data_address(image.thumbnail),
        "targets": int(counted.sum()),
        "lacking": [
            int((torch.bincount(explanation.after.target, minlength=len(counted))[counted] == 0).sum())
            for explanation in image.explanations
        ],
    }


def _result(explanation: Explanation, letterbox: Letterbox, num_targets: int) -> dict[str, Any]:
    verdicts = explanation.verdicts
    counts = torch.bincount(verdicts.target, minlength=num_targets)
    state = verdicts.reason.long()
    for assignment, mark in ((explanation.before, BEFORE), (explanation.after, AFTER)):
        state = state + mark * _is_pair(verdicts.target, verdicts.prior, assignment)
    return {
        "scale": [letterbox.scale[1], letterbox.scale[0]],
        "pad": [letterbox.pad[1], letterbox.pad[0]],
        "first": [0, *counts.cumsum(0).tolist()],
        "prior": _packed(verdicts.prior, "<u4"),
        "state": _packed(state, "u1"),
        "quality": _packed(_in_units(verdicts.quality), "<u2"),
        "overlap": _packed(_in_units(verdicts.overlap), "<u2"),
        "score": _packed(_in_units(verdicts.score), "<u2"),
        "ignored_before": _bits(explanation.before.ignored),
        "ignored_after": _bits(explanation.after.ignored),
    }


def _is_pair(target: Tensor, prior: Tensor, assignment: Assignment) -> Tensor:
    """Tells which rows are pairs of an assignment, as 0 or 1."""
    stop = 1 + max((int(column.max()) for column in (prior, assignment.prior) if len(column)), default=0)
    return torch.isin(target * stop + prior, assignment.target * stop + assignment.prior).long()


def _in_units(values: Tensor) -> Tensor:
    units = values.double().mul(UNIT).round().clamp(0, NOTHING - 1)
    return torch.where(values.isnan(), NOTHING, units)


def _bits(ignored: Tensor | None) -> str:
    """Packs the flags of one image, lowest bit first; nothing ignored is an empty text."""
    if ignored is None or not bool(ignored.any()):
        return ""
    return _encoded(np.packbits(ignored[0].numpy(), bitorder="little"))


def _packed(values: Tensor, kind: str) -> str:
    return _encoded(values.numpy().astype(kind))


def _encoded(array: np.ndarray) -> str:
    return b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
