"""What boxwright tells beside its results, as lines on the error stream."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from boxwright.cli.streams import say
from boxwright.lettering.visible import visible_lines


class _Speaker(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        say(visible_lines(record.getMessage()))


@contextmanager
def plain_messages() -> Iterator[None]:
    """Says every message of the block on the error stream."""
    logger, speaker = logging.getLogger("boxwright"), _Speaker()
    before = logger.level, logger.propagate
    logger.addHandler(speaker)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(speaker)
        logger.level, logger.propagate = before
