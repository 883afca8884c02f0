"""Errors of a disk that say which file could not be written."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


@contextmanager
def naming_file(path: Path) -> Iterator[None]:
    """Gives an error of a full or broken disk the name of the file; Python's own has none for what is open already.

    Args:
        path: The file that is written in the block, by the name that it will have.

    Raises:
        OSError: The disk is full, the file is larger than allowed, or the disk is broken.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:  # what writes models makes a RuntimeError of it
        cause = _of_the_disk(error)
        if cause is None:
            raise
        raise OSError(cause.errno, cause.strerror, str(path)) from error


def _of_the_disk(error: BaseException | None) -> OSError | None:
    while error is not None:
        if isinstance(error, OSError) and error.errno in _OF_THE_DISK:
            return error
        error = error.__cause__ or error.__context__
    return None
