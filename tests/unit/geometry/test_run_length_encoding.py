import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as mask_code

from boxwright.errors import DataError
from boxwright.geometry.run_length_encoding import read_counts, read_rle, runs_of_counts, write_counts, write_rle


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.integers(0, 40), st.integers(0, 10**6)), min_size=1, max_size=30))
def test_the_text_is_that_of_the_coco_api(counts: list[int]) -> None:
    pixels = sum(counts)
    if pixels:
        entry = mask_code.frPyObjects({"size": [pixels, 1], "counts": counts}, pixels, 1)
        assert write_counts(torch.tensor(counts)) == entry["counts"].decode()
    assert read_counts(write_counts(torch.tensor(counts))).tolist() == counts


@pytest.mark.parametrize("number", [0, 1, 15, 16, 17, 31, 32, 511, 512, 2**31, 2**40])
def test_numbers_of_all_lengths_come_back(number: int) -> None:
    for counts in ([number], [0, number], [0, 0, number, 0, 3, number], [1, number, 1, 0, 0]):
        assert read_counts(write_counts(torch.tensor(counts))).tolist() == counts
        assert read_counts(write_counts(torch.tensor(counts)).encode()).tolist() == counts


@pytest.mark.parametrize("text", ["\x1f", "~", "ä", "a", "1P"])
def test_text_that_is_not_of_the_format_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="not in COCO's compressed form"):
        read_counts(text)


def test_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DataError, match="beyond 60 bits"):
        read_counts("o" * 20 + "0")


def test_no_text_is_no_counts() -> None:
    assert read_counts("").tolist() == []


def test_empty_runs_are_left_out() -> None:
    start, end = runs_of_counts(torch.tensor([2, 0, 3, 4, 1]))
    assert (start.tolist(), end.tolist()) == ([5], [9])
    assert [part.tolist() for part in runs_of_counts(torch.tensor([9]))] == [[], []]


@pytest.mark.parametrize(
    ("full", "expected"),
    [
        ([[0, 0], [0, 0]], [4]),
        ([[1, 1], [1, 1]], [0, 4]),
        ([[0, 1], [0, 0]], [2, 1, 1]),
        ([[0, 0], [0, 1]], [3, 1]),
    ],
)
def test_masks_are_written_down_the_columns(full: list[list[int]], expected: list[int]) -> None:
    reference = mask_code.encode(np.asfortranarray(np.array(full, np.uint8)))["counts"].decode()
    column = torch.tensor(full).t().reshape(-1)
    edges = torch.diff(column, prepend=torch.zeros(1), append=torch.zeros(1))
    entry = write_rle((edges > 0).nonzero()[:, 0], (edges < 0).nonzero()[:, 0], (2, 2))
    assert entry == {"size": [2, 2], "counts": reference}
    assert read_counts(reference).tolist() == expected


def test_other_sizes_and_sums_are_refused() -> None:
    with pytest.raises(DataError, match=r"size \(2, 3\) \(height, width\) belongs to an image of \(3, 2\)"):
        read_rle({"size": [2, 3], "counts": [6]}, (3, 2))
    with pytest.raises(DataError, match="cover 7 pixels, the image has 6"):
        read_rle({"size": [2, 3], "counts": [3, 4]}, (2, 3))
    with pytest.raises(DataError, match="cover 6 pixels"):
        read_rle({"size": [2, 3], "counts": [3, 7, -4]}, (2, 3))
