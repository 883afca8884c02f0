"""Standard output and standard error, whatever their encoding and whoever reads them."""

import io
import os
import sys


def write_any_letter() -> None:
    """Lets both streams take every text: a letter that the encoding lacks becomes an escape with its number.

    Terminals and pipes may be ascii, latin-1, cp932 or gbk, and names of files need not be UTF-8.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def flush_output() -> None:
    """Writes what is waiting, so that a full disk or a closed pipe is noticed while it can be said.

    Raises:
        OSError: It cannot be written.
    """
    if sys.stdout is not None:
        sys.stdout.flush()


def drop_output() -> None:
    """Throws away what is waiting for standard output, which would fail once more when the process ends."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError, AttributeError):  # no stream, or one that is no file
        return


def say(text: str) -> None:
    """Writes a line to standard error, as far as somebody reads it.

    Args:
        text: What to write.
    """
    if sys.stderr is None:
        return
    try:
        print(text, file=sys.stderr, flush=True)
    except (OSError, ValueError):  # closed
        return
