import pytest
import torch

from boxwright.kernels.segments import first_maxima, first_maximum_per_group, max_per_group, top_k_per_group

VALUES = [0.3, 0.9, 0.3, 0.5, 0.9, 0.0, 0.3]
GROUPS = [2, 0, 2, 2, 0, 0, 2]


def looped_top_k(values: list[float], groups: list[int], k: int) -> list[bool]:
    kept = set()
    for group in set(groups):
        rows = [row for row, owner in enumerate(groups) if owner == group]
        kept |= set(sorted(rows, key=lambda row: (-values[row], row))[:k])
    return [row in kept for row in range(len(values))]


def test_top_k_worked_by_hand() -> None:
    """Group 2 has 0.3, 0.3, 0.5, 0.3: the two best are 0.5 and the first 0.3. Group 0 has 0.9, 0.9, 0."""
    kept = top_k_per_group(torch.tensor(VALUES), torch.tensor(GROUPS), 3, 2)
    assert kept.nonzero().flatten().tolist() == [0, 1, 3, 4]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("k", [1, 2, 3, 10, 50])
@pytest.mark.parametrize("levels", [1, 3, 1000])
def test_top_k_equals_a_loop(dtype: torch.dtype, k: int, levels: int) -> None:
    """Few levels of value make many ties."""
    generator = torch.Generator().manual_seed(k)
    values = torch.randint(levels, (400,), generator=generator).to(dtype) / levels
    groups = torch.randint(12, (400,), generator=generator)
    kept = top_k_per_group(values, groups, 15, k)
    assert kept.tolist() == looped_top_k(values.tolist(), groups.tolist(), k)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_top_k_tells_neighbouring_numbers_apart(dtype: torch.dtype) -> None:
    for value in (0.0, 1e-30, 0.5, 1.0):
        low = torch.tensor(value, dtype=dtype)
        high = torch.nextafter(low, torch.tensor(2.0, dtype=dtype))
        kept = top_k_per_group(torch.stack((low, high, low)), torch.zeros(3, dtype=torch.int64), 1, 1)
        assert kept.tolist() == [False, True, False]


def test_top_k_keeps_groups_apart_whatever_their_values() -> None:
    """The sort key holds group and value together."""
    values = torch.tensor([3e38, 1e-38, 3e38, 1e-38, 0.0, 3e38])
    kept = top_k_per_group(values, torch.tensor([0, 1, 100_000, 1, 1, 0]), 100_001, 1)
    assert kept.tolist() == [True, True, True, False, False, False]


def test_small_groups_are_kept_whole() -> None:
    assert top_k_per_group(torch.tensor(VALUES), torch.tensor(GROUPS), 3, 4).all()


def test_max_per_group_worked_by_hand() -> None:
    assert max_per_group(torch.tensor(VALUES), torch.tensor(GROUPS), 4).tolist() == pytest.approx([0.9, 0.0, 0.5, 0.0])


def test_first_maximum_worked_by_hand() -> None:
    """Group 0 has 0.9 in rows 1 and 4; row 4 has the lower tie breaker."""
    chosen = first_maximum_per_group(
        torch.tensor(VALUES), torch.tensor(GROUPS), torch.tensor([0, 7, 1, 2, 5, 3, 4]), num_groups=3
    )
    assert chosen.nonzero().flatten().tolist() == [3, 4]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("levels", [1, 3, 1000])
def test_first_maximum_equals_a_loop(dtype: torch.dtype, levels: int) -> None:
    generator = torch.Generator().manual_seed(levels)
    values = torch.randint(levels, (300,), generator=generator).to(dtype) / levels
    groups = torch.randint(20, (300,), generator=generator)
    breaker = torch.randperm(300, generator=generator)
    chosen = first_maximum_per_group(values, groups, breaker, 25)
    wanted = {
        max(
            (row for row in range(300) if groups[row] == group),
            key=lambda row: (float(values[row]), -int(breaker[row])),
        )
        for group in set(groups.tolist())
    }
    assert set(chosen.nonzero().flatten().tolist()) == wanted


def test_first_maxima_worked_by_hand() -> None:
    """Group 0 has 0.9 in rows 1 and 4, group 2 at most 0.5; group 1 has no row."""
    group, row = first_maxima(torch.tensor(VALUES), torch.tensor(GROUPS), 4, least=0.5)
    assert (group.tolist(), row.tolist()) == ([0, 2], [1, 3])
    group, row = first_maxima(torch.tensor(VALUES), torch.tensor(GROUPS), 4, least=0.6)
    assert (group.tolist(), row.tolist()) == ([0], [1])


@pytest.mark.parametrize("levels", [1, 3, 1000])
def test_first_maxima_are_those_with_the_row_as_tie_breaker(levels: int) -> None:
    generator = torch.Generator().manual_seed(levels)
    values = torch.randint(levels, (300,), generator=generator) / levels
    groups = torch.randint(20, (300,), generator=generator)
    chosen = first_maximum_per_group(values, groups, torch.arange(300), 25).logical_and(values >= 0.3).nonzero()
    group, row = first_maxima(values, groups, 25, least=0.3)
    assert torch.equal(row.sort().values, chosen.squeeze(1))
    assert torch.equal(group, groups[row])
    assert (group.diff() > 0).all()


def test_nothing_gives_nothing() -> None:
    values, group = torch.zeros(0), torch.zeros(0, dtype=torch.int64)
    assert top_k_per_group(values, group, 0, 3).tolist() == []
    assert max_per_group(values, group, 2).tolist() == [0.0, 0.0]
    assert first_maximum_per_group(values, group, group, 2).tolist() == []
    assert [len(column) for column in first_maxima(values, group, 2, least=0.1)] == [0, 0]
