"""What a run says, on the screen and in its log."""

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm.auto import tqdm  # type: ignore[import-untyped]

from boxwright.lettering.visible import visible_lines

CHATTY_LOGGERS = ("lightning.pytorch", "lightning.fabric")
EXPECTED_WARNINGS = (
    r"`isinstance\(treespec, LeafSpec\)` is deprecated",  # Lightning 2.6 on torch 2.9 and later
    "does not have many workers",  # workers are chosen by us
    "your dataloader is not resumable",  # the sampler is told where to begin
    "is smaller than the logging interval",  # losses are logged per epoch
    "exists and is not empty",  # a resumed run keeps its directory
    "Checkpoint directory",
    "GPU available but not used",
    "MPS available but not used",
)


def duration(seconds: float) -> str:
    """Writes a duration such as 45s, 3m05s or 2h10m."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m{rest:02d}s"
    return f"{minutes // 60}h{minutes % 60:02d}m"


@contextmanager
def narration(log: Path, *, is_first: bool = True) -> Iterator[logging.Logger]:
    """Sends what is said to the screen and to a file, and keeps Lightning quiet.

    Args:
        log: The file; appended to.
        is_first: Whether this is the first process of a distributed training; the others say nothing.
    """
    logger = logging.getLogger("boxwright")
    before = logger.level, logger.propagate
    speaking: list[logging.Handler] = [
        _ScreenHandler(),
        logging.FileHandler(log, encoding="utf-8", errors="backslashreplace", delay=True),
    ]
    handlers = speaking if is_first else [logging.NullHandler()]
    for handler in handlers:
        logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        with quiet_lightning():
            yield logger
    finally:
        logger.level, logger.propagate = before
        for handler in handlers:
            logger.removeHandler(handler)
            handler.close()


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Keeps Lightning from saying what everybody expects."""
    levels = {name: logging.getLogger(name).level for name in CHATTY_LOGGERS}
    for name in CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            for message in EXPECTED_WARNINGS:
                warnings.filterwarnings("ignore", message=f".*{message}")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


class _ScreenHandler(logging.Handler):
    """Writes a line to standard output without breaking a progress bar."""

    def emit(self, record: logging.LogRecord) -> None:
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        text = visible_lines(self.format(record)).encode(encoding, "backslashreplace").decode(encoding)
        tqdm.write(text, file=sys.stdout)
        sys.stdout.flush()
