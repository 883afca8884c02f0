"""Warnings as sentences, without the line of code that they come from."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from boxwright.cli.streams import say
from boxwright.lettering.visible import visible_lines


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Says every warning of the block once, on the error stream, as errors are said."""
    said: set[str] = set()

    def show(message: Warning | str, *_: object, **__: object) -> None:
        if str(message) not in said:
            said.add(str(message))
            say(f"boxwright: {visible_lines(str(message))}")

    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        before, warnings.showwarning = warnings.showwarning, show
        try:
            yield
        finally:
            warnings.showwarning = before
