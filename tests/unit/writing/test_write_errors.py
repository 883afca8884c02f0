import errno
from pathlib import Path

import pytest

from boxwright.writing.write_errors import naming_file


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO])
def test_errors_of_the_disk_name_the_file(number: int) -> None:
    with pytest.raises(OSError, match=r"a\.json") as caught, naming_file(Path("a.json")):
        raise OSError(number, "no room")
    assert (caught.value.errno, caught.value.strerror, caught.value.filename) == (number, "no room", "a.json")


def _write_model() -> None:
    try:
        raise OSError(errno.ENOSPC, "no room")
    finally:
        raise RuntimeError("unexpected pos 64 vs 0")


def test_what_others_made_of_such_an_error_is_it_too() -> None:
    with pytest.raises(OSError, match="no room") as caught, naming_file(Path("a.pt")):
        _write_model()
    assert caught.value.filename == "a.pt"


@pytest.mark.parametrize(
    "error", [FileNotFoundError(errno.ENOENT, "gone", "b.png"), RuntimeError("else"), ValueError()]
)
def test_other_errors_stay_as_they_are(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, naming_file(Path("a.json")):
        raise error
    assert caught.value is error
