import pytest
import torch
from torch import Tensor

from boxwright.errors import ShapeError
from boxwright.prior_generators import PointGrid
from boxwright.structures import LevelGrid, Predictions, Priors
from boxwright.structures.predictions import level_index, locate, rows_at

CANVAS = (32, 48)


def anchors(per_cell: int) -> Priors:
    """Priors with several per cell, on two levels; only their order matters here."""
    grids, start = [], 0
    for height, width, stride in ((4, 6, 8), (2, 3, 16)):
        grids.append(LevelGrid(height, width, per_cell, start, stride))
        start = grids[-1].stop
    return Priors(torch.ones(start, 4), torch.ones(start), torch.zeros(start, dtype=torch.int64), tuple(grids), CANVAS)


def dense_arrays(priors: Priors, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, len(priors), 3, generator=generator).to(dtype).requires_grad_()
    codes = torch.randn(2, len(priors), 5, generator=generator).to(dtype).requires_grad_()
    return logits, codes


def random_pairs(priors: Priors, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """In no order, some of them repeated."""
    generator = torch.Generator().manual_seed(1)
    image = torch.randint(2, (count,), generator=generator)
    prior = torch.randint(len(priors), (count,), generator=generator)
    return image, prior, torch.randint(3, (count,), generator=generator)


def test_from_dense_copies_nothing() -> None:
    priors = anchors(3)
    logits, codes = dense_arrays(priors)
    predictions = Predictions.from_dense(logits, codes, priors)
    for blocks, dense in ((predictions.class_logits, logits), (predictions.box_codes, codes)):
        for block in blocks:
            assert block.untyped_storage().data_ptr() == dense.untyped_storage().data_ptr()
    with torch.no_grad():
        logits[1, priors.grids[1].start, 2] = 7.0
    assert predictions.class_logits[1][1, 0, 2, 0, 0] == 7.0


@pytest.mark.parametrize("per_cell", [1, 3])
def test_order_is_row_column_prior_in_the_cell(per_cell: int) -> None:
    priors = anchors(per_cell)
    logits, codes = dense_arrays(priors)
    predictions = Predictions.from_dense(logits, codes, priors)
    for block, grid in zip(predictions.class_logits, priors.grids, strict=True):
        assert block.shape == (2, per_cell, 3, grid.height, grid.width)
        for row, column, slot in ((0, 0, 0), (1, 2, per_cell - 1), (grid.height - 1, grid.width - 1, 0)):
            prior = grid.start + (row * grid.width + column) * per_cell + slot
            assert torch.equal(block[1, slot, :, row, column], logits[1, prior])


def test_sizes() -> None:
    priors = anchors(3)
    predictions = Predictions.from_dense(*dense_arrays(priors), priors)
    assert predictions.batch_size == 2
    assert predictions.num_classes == 3
    assert predictions.num_priors == len(priors) == 90
    assert predictions.device.type == "cpu"


@pytest.mark.parametrize("per_cell", [1, 3])
@pytest.mark.parametrize("count", [0, 1, 200])
def test_rows_and_their_gradient_equal_dense_indexing(per_cell: int, count: int) -> None:
    priors = anchors(per_cell)
    logits, codes = dense_arrays(priors)
    predictions = Predictions.from_dense(logits, codes, priors)
    image, prior, label = random_pairs(priors, count)
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
    image, prior, _ = random_pairs(priors, 20)
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
    slot, row, column = level_index(plain.shape, prior)
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


def test_dense_arrays_of_another_canvas_are_an_error_with_the_cure() -> None:
    priors = PointGrid()((64, 64))
    with pytest.raises(ShapeError, match=r"class_logits has 83 rows per image.*\(64, 64\) has 84.*Build the priors"):
        Predictions.from_dense(torch.zeros(1, 83, 3), torch.zeros(1, 83, 4), priors)


def test_locate_worked_by_hand() -> None:
    """Levels of 10, 12 (2 × 3 cells with two priors each) and 4 priors."""
    blocks = [torch.zeros(2, 2, 5, 1, 5), torch.zeros(2, 2, 5, 2, 3), torch.zeros(2, 2, 5, 1, 2)]
    image, prior = torch.tensor([0, 1, 0, 1, 0]), torch.tensor([9, 21, 10, 22, 13])
    first, second, third = locate(blocks, image, prior)
    assert [column.tolist() for column in first] == [[0], [0], [9]]
    assert [column.tolist() for column in second] == [[1, 2, 4], [1, 0, 0], [11, 0, 3]]
    assert [column.tolist() for column in third] == [[3], [1], [0]]


def test_level_index_worked_by_hand() -> None:
    slot, row, column = level_index((1, 2, 5, 2, 3), torch.tensor([11, 0, 3, 6]))
    assert (slot.tolist(), row.tolist(), column.tolist()) == ([1, 0, 1, 0], [1, 0, 0, 1], [2, 0, 1, 0])
