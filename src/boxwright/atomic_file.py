"""Files that are whole or not there."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def atomic_file(path: Path) -> Iterator[IO[bytes]]:
    """Opens a file for writing that takes its place only when it is complete.

    The bytes go to a temporary file in the same folder, are flushed to the disk, and the file is renamed. If
    the process dies or the block raises, what was at `path` before is still there and whole.

    Args:
        path: Where the file shall be; missing folders are made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False) as file:
        part = Path(file.name)
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            part.unlink()
            raise
    try:
        part.chmod(0o666 & ~_umask())  # temporary files are private, this one need not be
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
