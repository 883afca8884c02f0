"""Writing figures of matplotlib."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxwright.errors import ConfigError
from boxwright.writing.atomic_file import atomic_file
from boxwright.writing.own_mark import with_mark

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "jpg", "jpeg", "pdf", "svg", "eps", "ps")


def write_figure(figure: "Figure", path: Path, *, replaces: bool = False, dpi: int | None = None) -> Path:
    """Writes a figure in the format of the suffix; the file appears when it is complete.

    Args:
        figure: With a canvas.
        path: Where to.
        replaces: Whether a file that is there is replaced, see `atomic_file`.
        dpi: Pixels per inch; those of the figure if left out.

    Returns:
        The path.

    Raises:
        ConfigError: The format is unknown, or a file is there.
    """
    import matplotlib

    require_format(path)
    encoded = io.BytesIO()
    figure.set_dpi(dpi or figure.get_dpi())
    own: Any = {"svg.hashsalt": "boxwright", "figure.autolayout": False, "figure.constrained_layout.use": False}
    with matplotlib.rc_context(own):
        _settle_layout(figure)
        figure.savefig(encoded, format=path.suffix[1:].lower(), dpi=figure.get_dpi())
    with atomic_file(path, replaces=replaces) as file:
        file.write(with_mark(encoded.getvalue()))
    return path


def _settle_layout(figure: "Figure") -> None:
    """Finds the margins once: to save a figure that has a layout still, matplotlib draws everything a second time."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine(None)


def require_format(path: Path) -> None:
    """Raises an error unless the suffix is that of a format that figures are written in.

    Args:
        path: Where to.

    Raises:
        ConfigError: It is not.
    """
    if path.suffix[1:].lower() not in FORMATS:
        raise ConfigError(f"{path}: cannot draw a figure as {path.suffix!r}. Use one of .{', .'.join(FORMATS)}.")
