"""What becomes of memory that image buffers have left."""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # numbers of mallopt(3)
_LARGEST_BLOCK, _KEPT = 32 << 20, 256 << 20  # bytes; 32 MiB is the most that glibc takes


def keep_freed_memory() -> bool:
    """Tells the allocator of this process to use freed image buffers again in place of giving them back.

    A buffer of a megabyte is otherwise mapped anew every time, and the system fills it with zeros page by page: a third
    of the time of a mosaic. For worker processes, which do nothing but handle images; they hold up to 256 MB more.

    Returns:
        Whether the allocator took it; only glibc does.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _LARGEST_BLOCK)) and bool(mallopt(_TRIM_THRESHOLD, _KEPT))


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
