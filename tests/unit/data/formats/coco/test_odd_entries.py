from typing import Any

import pytest

from boxwright.data.formats.coco.odd_entries import odd_entries
from boxwright.data.formats.coco.plain_entries import Entries


def said(*entries: Any) -> list[tuple[str, str]]:
    found = odd_entries(Entries.of(list(entries)))
    columns = Entries(keeps_masks=False)
    for entry in entries:
        columns.take([entry])
    assert odd_entries(columns) == found
    return found


def test_nothing_odd() -> None:
    assert said({"id": 1, "area": 4}, {"id": 2, "area": 0.5}, {"id": 3}, {"id": 4, "area": None}, {}, "no entry") == []


def test_ids_that_stand_twice_are_said_once() -> None:
    found = said({"id": 1}, {"id": 2}, {"id": 1}, {"id": 1}, {"id": "a"}, {"id": "a"})
    assert found == [("id-repeated", "2 annotation ids used more than once (first: 1)")]


@pytest.mark.parametrize("area", ["big", 0, -3, float("nan"), float("inf"), True, [], {}])
def test_an_area_that_is_none(area: Any) -> None:
    ((code, message),) = said({"id": 1, "area": 4}, {"id": 7, "area": area})
    assert code == "area-odd"
    assert message.startswith("1 annotation with an area that is no number over 0 (first: annotation 7, area ")
