"""What an exception means to a person at a terminal."""

import errno
import sysconfig
from pathlib import Path
from traceback import walk_tb

import boxwright
from boxwright.errors import BoxwrightError

_CURES = {
    errno.ENOSPC: "Free some space, or write to another disk",
    errno.EDQUOT: "Free some space, or write to another disk",
    errno.EFBIG: "Raise the limit of the size of files (ulimit -f), or write to another disk",
    errno.EACCES: "Give yourself the permission, or name another place",
    errno.EPERM: "Give yourself the permission, or name another place",
    errno.EROFS: "Name a place that can be written to",
    errno.EMFILE: "Raise the limit of open files (ulimit -n), or use fewer --workers",
    errno.ENFILE: "Raise the limit of open files, or use fewer --workers",
    errno.ENOMEM: "Use a smaller --batch_size or --canvas, or fewer --workers",
    errno.ENAMETOOLONG: "Shorten the name",
}
_BOXWRIGHT = Path(boxwright.__file__).parent
_LIBRARIES = {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
_WITHOUT_MEMORY = ("can't allocate memory", "not enough memory", "Failed to allocate", "Insufficient memory")
_WITHOUT_WORKER = ("DataLoader worker", "unable to open shared memory object", "unable to allocate shared memory")
_WITHOUT_SPACE = ("PytorchStreamWriter failed writing", "inline_container.cc")


def explain_failure(error: Exception) -> str | None:
    """Says what went wrong and what to do, where the cause lies in the data, the settings or the machine.

    Args:
        error: What ended a command.

    Returns:
        A message, empty where nobody reads any more; None for what can only be a fault of boxwright.
    """
    text = str(error)
    if isinstance(error, BoxwrightError):
        return text
    if isinstance(error, BrokenPipeError):
        return ""
    if isinstance(error, OSError) and error.errno is not None:
        places = " → ".join(str(place) for place in (error.filename, error.filename2) if place is not None)
        cure = _CURES.get(error.errno, "Look at the path and the disk")
        return f"{places}{': ' if places else ''}{error.strerror}. {cure}."
    if isinstance(error, MemoryError) or _is_about(error, _WITHOUT_MEMORY) or "OutOfMemory" in type(error).__name__:
        return f"The memory is used up ({_first_line(text) or 'no details'}). {_CURES[errno.ENOMEM]}."
    if isinstance(error, RuntimeError) and _is_about(error, _WITHOUT_WORKER):
        return (
            f"A process that prepares batches was lost ({_first_line(text)}). The memory may be used up, or the "
            "shared memory (/dev/shm): use fewer --workers, or --workers 0."
        )
    if isinstance(error, RuntimeError) and _is_about(error, _WITHOUT_SPACE):
        return f"A file could not be written ({_first_line(text)}). {_CURES[errno.ENOSPC]}."
    place = _place_of_somebodys_own(error)
    if place is not None:
        return (
            f"{place} failed ({type(error).__name__}: {text}). It is not of boxwright; correct it. --debug shows more."
        )
    return None


def _place_of_somebodys_own(error: Exception) -> str | None:
    """Gives file and line where boxwright had called code that is neither its own nor installed, such as a part."""
    place = None
    for frame, line in walk_tb(error.__traceback__):
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(_BOXWRIGHT):
            place = None
        elif file.is_file() and not any(file.is_relative_to(library) for library in _LIBRARIES):
            place = f"{file}, line {line},"
    return place


def _is_about(error: Exception, phrases: tuple[str, ...]) -> bool:
    return any(phrase in str(error) for phrase in phrases)


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].rstrip(". ")
