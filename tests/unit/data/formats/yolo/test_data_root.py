from pathlib import Path

import pytest

from boxwright.data.faults import FaultList
from boxwright.data.formats.yolo.data_root import data_roots
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError


@pytest.fixture
def own(tmp_path: Path) -> Path:
    for name in ("project/code/sub", "project/data"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path / "project/code"


def _roots(own: Path, stated: object, *, outside: bool = False) -> tuple[list[Path], list[str]]:
    faults = FaultList(str(own / "data.yaml"))
    roots = data_roots(own / "data.yaml", {"path": stated}, faults, ReadingLimits(allow_outside=outside))
    return [root.resolve() for root in roots], [fault.code for fault in faults.faults]


@pytest.mark.parametrize(("stated", "roots"), [(None, ["."]), (".", ["."]), ("", ["."]), ("sub", ["sub", "."])])
def test_inside(own: Path, stated: str | None, roots: list[str]) -> None:
    assert _roots(own, stated) == ([(own / root).resolve() for root in roots], [])


def test_outside_is_refused_with_what_allows_it(own: Path) -> None:
    for stated in ("../data", str(own.parent / "data"), ".."):
        with pytest.raises(DataError, match=r"leads out.*--allow_outside true"):
            _roots(own, stated)
        assert _roots(own, stated, outside=True) == ([(own / stated).resolve(), own], [])


@pytest.mark.parametrize("stated", ["/of/another/machine", "../gone", "gone", "C:\\data", "~/gone-from-here"])
def test_a_path_that_is_not_there_is_said(own: Path, stated: str) -> None:
    assert _roots(own, stated) == ([own], ["path-elsewhere"])
    assert _roots(own, stated, outside=True) == ([own], ["path-elsewhere"])


def test_no_path(own: Path) -> None:
    with pytest.raises(DataError, match="path must be a folder"):
        _roots(own, ["a"])
