import numpy as np
import pytest
import torch
from torch import Tensor

from boxwright.kernels import level_rows
from boxwright.kernels.layout import layout_of
from boxwright.kernels.level_rows import pairs_by_level, read_rows, read_sorted, rows_at
from boxwright.structures import Predictions
from tests.unit.structures.test_predictions import anchors, dense_arrays


def random_pairs(priors_count: int, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """In no order, some of them repeated."""
    generator = torch.Generator().manual_seed(1)
    image = torch.randint(2, (count,), generator=generator)
    prior = torch.randint(priors_count, (count,), generator=generator)
    return image, prior, torch.randint(3, (count,), generator=generator)


@pytest.fixture(autouse=True, params=[0, 1 << 16], ids=["level by level", "few numbers joined"])
def numbers_to_join(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level_rows, "_NUMBERS_TO_JOIN", request.param)


def blocks_in_memory(order: tuple[int, ...]) -> tuple[Tensor, ...]:
    """Two levels without gaps, axes in a given order of memory."""
    generator = torch.Generator().manual_seed(3)
    back = [order.index(axis) for axis in range(5)]
    values = [torch.randn(shape, generator=generator) for shape in ((2, 3, 5, 4, 6), (2, 3, 5, 2, 3))]
    return tuple(level.permute(order).contiguous().permute(back).requires_grad_() for level in values)


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (0, 3, 4, 1, 2), (4, 3, 2, 1, 0)])
@pytest.mark.parametrize("count", [0, 1, 200, 2000])
def test_rows_of_levels_and_their_gradient_equal_dense_indexing(order: tuple[int, ...], count: int) -> None:
    blocks = blocks_in_memory(order)
    dense = torch.cat([block.permute(0, 3, 4, 1, 2).flatten(1, 3) for block in blocks], dim=1)
    image, prior, label = random_pairs(90, count)
    for value in (None, label):
        found = rows_at(blocks, image, prior, value)
        wanted = dense[image, prior] if value is None else dense[image, prior, value]
        assert torch.equal(found, wanted)
        weight = torch.rand(found.shape, generator=torch.Generator().manual_seed(2))
        ours = torch.autograd.grad((found * weight).sum(), blocks)
        theirs = torch.autograd.grad((wanted * weight).sum(), blocks, retain_graph=True)
        for one, other in zip(ours, theirs, strict=True):
            torch.testing.assert_close(one, other)


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (0, 3, 4, 1, 2), (4, 3, 2, 1, 0)])
@pytest.mark.parametrize("count", [0, 1, 200])
def test_pairs_sorted_by_level_are_read_without_looking(order: tuple[int, ...], count: int) -> None:
    blocks = tuple(block.detach() for block in blocks_in_memory(order))
    image, prior, label = random_pairs(90, count)
    layout, levels = layout_of(blocks), pairs_by_level(layout_of(blocks), prior)
    assert torch.equal(torch.cat(levels).sort().values, torch.arange(count))
    per_level, rows = [len(level) for level in levels], torch.cat(levels)
    for value in (None, label):
        wanted = read_rows(blocks, layout, image, prior, value)[rows]
        some = value if value is None else value[rows]
        assert torch.equal(read_sorted(blocks, layout, per_level, image[rows], prior[rows], some), wanted)


@pytest.mark.parametrize("per_cell", [1, 3])
@pytest.mark.parametrize("count", [0, 1, 200])
def test_rows_and_their_gradient_equal_dense_indexing(per_cell: int, count: int) -> None:
    priors = anchors(per_cell)
    logits, codes = dense_arrays(priors)
    predictions = Predictions.from_dense(logits, codes, priors)
    image, prior, label = random_pairs(len(priors), count)
    results = (
        (predictions.box_codes_at(image, prior), codes[image, prior], codes),
        (predictions.class_logits_at(image, prior), logits[image, prior], logits),
        (predictions.class_logits_at(image, prior, label), logits[image, prior, label], logits),
    )
    for found, wanted, leaf in results:
        assert torch.equal(found, wanted)
        weight = torch.rand(found.shape, generator=torch.Generator().manual_seed(2))
        (ours,) = torch.autograd.grad((found * weight).sum(), leaf)
        (theirs,) = torch.autograd.grad((wanted * weight).sum(), leaf)
        torch.testing.assert_close(ours, theirs)


def test_rows_of_one_level() -> None:
    block = torch.arange(24.0).view(1, 1, 2, 3, 4)
    image = torch.zeros(2, dtype=torch.int64)
    assert rows_at((block,), image, torch.tensor([11, 0])).tolist() == [[11, 23], [0, 12]]
    assert rows_at((block,), image, torch.tensor([11, 0]), torch.tensor([1, 0])).tolist() == [23, 0]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_rows_keep_the_type_and_so_does_the_gradient(dtype: torch.dtype) -> None:
    priors = anchors(1)
    logits, codes = dense_arrays(priors, dtype)
    image, prior, _ = random_pairs(len(priors), 20)
    rows = Predictions.from_dense(logits, codes, priors).box_codes_at(image, prior)
    assert rows.dtype == dtype
    rows.float().sum().backward()
    assert codes.grad is not None
    assert codes.grad.dtype == dtype


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (0, 3, 4, 1, 2), (0, 1, 3, 4, 2), (4, 3, 2, 1, 0)])
def test_gradients_whatever_the_memory_order(order: tuple[int, ...]) -> None:
    values = torch.randn(2, 2, 3, 4, 5, generator=torch.Generator().manual_seed(3))
    back = [order.index(axis) for axis in range(5)]
    block = values.permute(order).contiguous().permute(back).requires_grad_()
    plain = values.clone().requires_grad_()
    image, prior = torch.tensor([0, 1, 1, 1]), torch.tensor([39, 0, 17, 17])
    weight = torch.tensor([1.0, 2.0, 3.0, 5.0])[:, None]
    (rows_at((block,), image, prior) * weight).sum().backward()
    slot, row, column = prior % 2, prior // 2 // 5, prior // 2 % 5
    (plain[image, slot, :, row, column] * weight).sum().backward()
    assert block.grad is not None
    torch.testing.assert_close(block.grad, plain.grad, rtol=0, atol=0)


def test_gradients_of_blocks_cut_from_one_array() -> None:
    """A head with one convolution for all values; the memory of a block has gaps."""
    joint = torch.randn(2, 1, 8, 3, 4, requires_grad=True)
    image, prior = torch.tensor([0, 1]), torch.tensor([5, 11])
    rows = rows_at((joint[:, :, 2:5],), image, prior)
    rows.sum().backward()
    wanted = torch.zeros(2, 1, 8, 3, 4)
    wanted[0, 0, 2:5, 1, 1] = 1
    wanted[1, 0, 2:5, 2, 3] = 1
    assert joint.grad is not None
    assert torch.equal(joint.grad, wanted)


def test_gradients_of_expanded_blocks() -> None:
    """A constant head shares one row among all cells."""
    row = torch.zeros(1, 1, 3, 1, 1, requires_grad=True)
    image, prior = torch.tensor([0, 1, 1]), torch.tensor([5, 11, 0])
    values = rows_at((row.expand(2, 1, 3, 3, 4),), image, prior)
    (values * torch.tensor([1.0, 2.0, 4.0])[:, None]).sum().backward()
    assert row.grad is not None
    assert row.grad.flatten().tolist() == [7.0, 7.0, 7.0]


@pytest.mark.parametrize("values", [None, 0])
def test_an_empty_batch_has_no_rows(values: int | None) -> None:
    """Also where the first level is a single prior, which says little about memory."""
    blocks = (torch.randn(0, 1, 2, 1, 1).requires_grad_(), torch.randn(0, 2, 2, 2, 3).requires_grad_())
    dense = torch.randn(0, 13, 2).requires_grad_()
    views = (
        dense[:, :1].view(0, 1, 1, 1, 2).permute(0, 3, 4, 1, 2),
        dense[:, 1:].view(0, 2, 3, 2, 2).permute(0, 3, 4, 1, 2),
    )
    nothing = torch.zeros(0, dtype=torch.int64)
    for levels in (blocks, views):
        rows = rows_at(levels, nothing, nothing, None if values is None else nothing)
        assert rows.shape == ((0, 2) if values is None else (0,))
        rows.sum().backward()


def test_memories_of_one_address_may_be_of_different_sizes() -> None:
    numbers = np.arange(26, dtype=np.float32)
    first, second = torch.from_numpy(numbers[:2]), torch.from_numpy(numbers)[2:]
    blocks = (first.view(1, 1, 1, 1, 2).permute(0, 3, 4, 1, 2), second.view(1, 2, 3, 2, 2).permute(0, 3, 4, 1, 2))
    assert layout_of(blocks).array is None
    image, prior = torch.zeros(13, dtype=torch.int64), torch.arange(13)
    assert torch.equal(rows_at(blocks, image, prior), torch.arange(26.0).view(13, 2))
    assert torch.equal(rows_at(blocks, image, prior, image + 1), torch.arange(26.0).view(13, 2)[:, 1])
