"""Inputs that are the same on every machine, and expected values that are written the same there."""

import random
from collections.abc import Sequence

import numpy as np

from conformance.case import Array, Tolerance
from conformance.reference.targets import Outcome, Targets

FINE = 4096.0
"""Drawn numbers are whole multiples of 1/4096: exact in float32, and in float16 where they are small."""

SMOOTH: Tolerance = {
    "float16": {"absolute": 2e-3, "relative": 2e-3},
    "float32": {"absolute": 1e-6, "relative": 1e-5},
    "float64": {"absolute": 1e-7, "relative": 1e-7},
}
"""Of values that are a formula of their inputs."""

WIDE: Tolerance = {precision: SMOOTH[precision] for precision in ("float32", "float64")}
"""The same, where float16 has no meaning: a decision hangs on it, or numbers are too large."""

PIXELS: Tolerance = {"float32": {"absolute": 1e-3, "relative": 1e-5}, "float64": {"absolute": 1e-6, "relative": 1e-7}}
"""Of coordinates in pixels."""

GIVEN: Tolerance = {"float32": {"absolute": 1e-4, "relative": 1e-6}}
"""Of what has no inputs whose precision could be chosen."""

GRADIENT: Tolerance = {
    "float16": {"of_largest": 5e-3, "absolute": 1e-6},
    "float32": {"of_largest": 2e-5, "absolute": 1e-8},
    "float64": {"of_largest": 1e-6, "absolute": 1e-9},
}
"""Of gradients: compared with the largest of the array, because sums cancel."""

WIDE_GRADIENT: Tolerance = {precision: GRADIENT[precision] for precision in ("float32", "float64")}


def drawn(seed: int, shape: Sequence[int], low: float, high: float, step: float = 1 / FINE) -> Array:
    """Draws evenly between two limits, in whole steps.

    Args:
        seed: Of Python's own generator, whose numbers are promised to stay.
        shape: Of the array.
        low: Least value.
        high: Largest value.
        step: Distance of neighbouring values.
    """
    generator = random.Random(seed)
    count = int(np.prod(shape))
    values = [round((low + (high - low) * generator.random()) / step) * step for _ in range(count)]
    return np.array(values, dtype=np.float64).reshape(shape).astype(np.float32)


def drawn_boxes(
    seed: int, count: int, canvas: Sequence[int], sides: tuple[float, float], step: float = 1 / 16
) -> Array:
    """Draws boxes (x1, y1, x2, y2) that lie on a canvas.

    Args:
        seed: Of the generator.
        count: Number of boxes.
        canvas: Height and width.
        sides: Shortest and longest side.
        step: Distance of neighbouring coordinates.
    """
    places, sizes = drawn(seed, (count, 2), 0, 1), drawn(seed + 1, (count, 2), sides[0], sides[1], step)
    free = np.array([canvas[1], canvas[0]]) - sizes
    first = np.round(places * free / step) * step
    return np.concatenate((first, first + sizes), axis=1).astype(np.float32)


def written(values: object) -> Array:
    """Gives expected values with ten digits, so that the last bit of a machine's exponential does not show."""
    array = np.asarray(values, dtype=np.float64)
    return np.array([float(f"{value:.9e}") for value in array.ravel().tolist()]).reshape(array.shape)


def gradient(values: object) -> Array:
    """Gives expected gradients, in float32 because they are many."""
    return written(values).astype(np.float32)


def whole(values: object) -> Array:
    """Gives whole numbers."""
    return np.asarray(values, dtype=np.int32)


def labelled(boxes: Sequence[Sequence[Sequence[float]]], seed: int, classes: int) -> Targets:
    """Gives the boxes of each image labels that go round.

    Args:
        boxes: Of each image.
        seed: Where the labels begin.
        classes: Number of them.
    """
    return Targets(
        [box for image in boxes for box in image],
        [(place + seed) % classes for image in boxes for place in range(len(image))],
        [number for number, image in enumerate(boxes) for _ in image],
        len(boxes),
    )


def target_arrays(targets: Targets) -> dict[str, Array]:
    """Gives the arrays by which functions are told the objects.

    Args:
        targets: The objects.
    """
    return {
        "boxes": np.array(targets.boxes, dtype=np.float32).reshape(-1, 4),
        "labels": whole(targets.labels),
        "images": whole(targets.images),
    }


def outcome_arrays(found: Outcome) -> dict[str, Array]:
    """Gives losses and gradients under the names that functions give them.

    Args:
        found: What a reference gave.
    """
    losses = {f"loss_{name}": written(value) for name, value in found.losses.items()}
    return losses | {f"gradient_{name}": gradient(value) for name, value in found.gradients.items()}
