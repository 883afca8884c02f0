"""What becomes of memory that image buffers have left."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # numbers of mallopt(3)
_LARGEST_BLOCK = 32 << 20  # bytes; the most that glibc takes
_OF_A_WORKER, _ALL, _USUAL = 256 << 20, -1, 128 << 10  # bytes that are kept


def keep_freed_memory(most: int = _OF_A_WORKER) -> bool:
    """Tells the allocator of this process to use freed buffers again in place of giving them back.

    A buffer of a megabyte is otherwise mapped anew every time, and the system fills it with zeros page by page: a third
    of the time of a mosaic. For worker processes, which do nothing but handle images.

    Args:
        most: Bytes that the process holds for later; -1 for all that it has ever used at once.

    Returns:
        Whether the allocator took it; only glibc does.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _LARGEST_BLOCK)) and bool(mallopt(_TRIM_THRESHOLD, most))


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Keeps what is freed until the end, for work that needs the same memory again and again, as training steps do."""
    keep_freed_memory(_ALL)
    try:
        yield
    finally:
        keep_freed_memory(_USUAL)
        give_freed_memory_back()


def give_freed_memory_back() -> bool:
    """Tells the allocator of this process to give to the system what it keeps for later.

    Returns:
        Whether the allocator can; only glibc's does.
    """
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return False
    trim(0)
    return True
