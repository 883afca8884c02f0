from typing import Any

import pytest

from boxwright.data.faults import FaultList
from boxwright.data.formats.coco.ids import identity_of, table_ids
from boxwright.data.formats.losses import Losses


@pytest.mark.parametrize(
    ("value", "identity"),
    [(7, 7), (-7, -7), (7.0, 7), (2**127, 2**127), ("00007", "00007"), ("a", "a"), (0, 0)],
)
def test_what_is_an_id(value: Any, identity: Any) -> None:
    assert identity_of(value) == identity
    assert type(identity_of(value)) is type(identity)


@pytest.mark.parametrize("value", [None, True, 7.5, float("nan"), float("inf"), "", [7], {}])
def test_what_is_none(value: Any) -> None:
    assert identity_of(value) is None


@pytest.mark.parametrize("ids", [[], [3, 1, 2], [-(2**63), 2**63 - 1]])
def test_whole_numbers_of_64_bits_stay(ids: list[int | str]) -> None:
    faults, unread = FaultList("x.json"), Losses()
    assert table_ids(ids, faults, unread) == ids
    assert not faults.faults
    assert not list(unread.lines())


@pytest.mark.parametrize("odd", [2**63, -(2**63) - 1, "a.jpg", 2**127])
def test_others_are_numbered_and_that_is_said(odd: int | str) -> None:
    faults, unread = FaultList("x.json"), Losses()
    assert table_ids([5, odd, 9], faults, unread) == [1, 2, 3]
    (note,) = faults.faults
    assert (note.code, note.severity) == ("image-id", "note")
    assert repr(odd)[:20] in note.message
    assert len(list(unread.lines())) == 1
