"""Both ways of listing scores give the same rows, in the same order, as sorting all of them does."""

import pytest
import torch
from torch import Tensor

from boxwright.kernels.candidates import candidates_above, places
from boxwright.kernels.choice import VARIABLE


def draw_scores(batch: int) -> list[Tensor]:
    """Scores with ties, and one that is NaN."""
    generator = torch.Generator().manual_seed(0)
    shapes = [(batch, 3, 5, 4, 6), (batch, 3, 5, 2, 3), (batch, 1, 5, 1, 1)]
    blocks = [torch.randint(16, shape, generator=generator) / 16 for shape in shapes]
    for block in blocks:
        block.view(-1)[:1] = torch.nan
    return blocks


def sorted_rows(scores: list[Tensor], threshold: float, *, multi_label: bool) -> list[tuple[int, int, int, float]]:
    """Gives (image, prior, label, score) in order, by Python's own sorting."""
    rows = []
    dense = torch.cat([block.permute(0, 3, 4, 1, 2).flatten(1, 3) for block in scores], dim=1)
    for image, priors in enumerate(dense.tolist()):
        for prior, values in enumerate(priors):
            known = [(value if value == value else 0.0) for value in values]
            labels = range(len(known)) if multi_label else [known.index(max(known))]
            rows += [(image, prior, label, known[label]) for label in labels if known[label] > threshold]
    return sorted(rows, key=lambda row: (row[0], -row[3], row[1], row[2]))


@pytest.mark.parametrize("choice", ["reference", "sparse"])
@pytest.mark.parametrize("multi_label", [True, False])
@pytest.mark.parametrize("batch", [0, 1, 3])
def test_rows_are_those_of_sorting_all(
    monkeypatch: pytest.MonkeyPatch, choice: str, multi_label: bool, batch: int
) -> None:
    monkeypatch.setenv(VARIABLE, choice)
    scores = draw_scores(batch)
    found = candidates_above(scores, 0.375, multi_label=multi_label)
    rows = list(zip(*(column.tolist() for column in found), strict=True))
    wanted = sorted_rows(scores, 0.375, multi_label=multi_label)
    assert rows == wanted
    few = candidates_above(scores, 0.375, multi_label=multi_label, most=7)
    assert list(zip(*(column.tolist() for column in few), strict=True))[:7] == wanted[:7]


def test_places_hold_the_first_allowed_rows() -> None:
    image, is_allowed = torch.tensor([0, 0, 0, 2, 2]), torch.tensor([True, False, True, True, True])
    table, is_there = places(image, is_allowed, 3, 2)
    assert table.tolist() == [[0, 2], [0, 0], [3, 4]]
    assert is_there.tolist() == [[True, True], [False, False], [True, True]]
