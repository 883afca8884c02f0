import pytest

from boxwright.cluster.work import in_blocks, left_to_do, work_table
from boxwright.errors import DataError


def _paths(tables) -> list[list[str]]:
    return [table["path"].to_pylist() for table in tables]


def test_files_are_cut_into_blocks_and_row_groups_stay_whole() -> None:
    files, group = work_table(list("abcde"), list("ABCDE")), work_table(list("xyz"), ["t"] * 3, 0)
    assert _paths(in_blocks([files, group], 2)) == [["a", "b"], ["c", "d"], ["e"], ["x", "y", "z"]]


def test_what_is_done_is_left_out_and_rows_keep_their_numbers() -> None:
    group = work_table(list("xyz"), ["t"] * 3, 4)
    (left,) = left_to_do([group, work_table(["a"], ["A"])], {"a", "y"})
    assert left.to_pylist() == [
        {"path": "x", "place": "t", "group": 4, "row": 0},
        {"path": "z", "place": "t", "group": 4, "row": 2},
    ]
    assert left_to_do([group], {"x", "y", "z"}) == []


def test_names_that_rows_cannot_hold_are_refused() -> None:
    odd = ["a\udcff.png", "ä\n.png", "\ud800"]
    with pytest.raises(DataError, match=r"2 names cannot be written to rows, .*first: 'a.udcff.png'"):
        work_table(odd, ["a", "b", "c"])
    with pytest.raises(DataError, match="2 names"):
        work_table(["a", "b", "c"], odd)
