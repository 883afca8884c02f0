"""Progress bars for passes over images."""

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class ImageBars:
    """One bar per part of a data set, on the error stream, so that a report can go into a file.

    Nothing is drawn where the error stream is not a terminal.
    """

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        console = Console(file=sys.stderr)
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "ImageBars":
        """Starts drawing."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Takes the bars away."""
        self._progress.stop()

    def show(self, part: str, done: int, total: int) -> None:
        """Moves the bar of a part.

        Args:
            part: Its name.
            done: Number of images that are done.
            total: Of how many.
        """
        if part not in self._tasks:
            self._tasks[part] = self._progress.add_task(f"images of {part}", total=total)
        self._progress.update(self._tasks[part], completed=done)
