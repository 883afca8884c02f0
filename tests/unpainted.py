"""Figures that are put together but not painted: to paint those of a short training takes half of its time."""

import base64
from typing import Any

import pytest
from matplotlib.figure import Figure

from boxwright.training import metrics_file
from boxwright.writing import figure_file

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)
"""A pixel, as PNG."""


def leave_unpainted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writes a pixel in the place of every figure, unless the test is marked as one that looks at figures.

    Args:
        request: Of the test.
        monkeypatch: Of the test.
    """
    if request.node.get_closest_marker("paints") is None:
        for module, name, value in UNPAINTED:
            monkeypatch.setattr(module, name, value)


def leave_process_unpainted() -> None:
    """Does so in a process of its own, for good."""
    for module, name, value in UNPAINTED:
        setattr(module, name, value)


def _leave_unpainted(figure: Any) -> None:
    """Stands where the margins would be found, just before the figure is painted."""
    figure.savefig = lambda file, **_: file.write(PICTURE)


UNPAINTED = (
    (figure_file, "_settle_layout", _leave_unpainted),
    (metrics_file, "_drawn", lambda rows, losses: Figure()),  # whose axes take as long as paint
)
"""What is set in the place of what paints."""
