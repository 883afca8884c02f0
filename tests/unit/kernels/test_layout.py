from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from boxwright.kernels.layout import layout_of

SHAPES = [(2, 3, 5, 4, 6), (2, 2, 5, 2, 3)]


def in_prior_order(blocks: list[Tensor]) -> Tensor:
    return torch.cat([block.permute(0, 3, 4, 1, 2).flatten(1, 3) for block in blocks], dim=1)


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (0, 3, 4, 1, 2), (4, 3, 2, 1, 0)])
def test_addresses_reach_every_number_of_a_buffer(order: tuple[int, ...]) -> None:
    back = [order.index(axis) for axis in range(5)]
    blocks = tuple(torch.randn(shape).permute(order).contiguous().permute(back) for shape in SHAPES)
    layout = layout_of(blocks)
    buffer = torch.empty(layout.starts[-1])
    for block, part in zip(blocks, layout.views(buffer), strict=True):
        assert part.stride() == block.stride()
        part.copy_(block)
    wanted = in_prior_order(list(blocks))
    image, prior = torch.meshgrid(torch.arange(2), torch.arange(wanted.shape[1]), indexing="ij")
    assert torch.equal(buffer[layout.addresses(image, prior, None)], wanted)
    assert torch.equal(layout.join(blocks), buffer)
    assert torch.equal(buffer[layout.first_values()], wanted[:, :, 0])
    value = (image + prior) % 5
    assert torch.equal(buffer[layout.addresses(image, prior, value)], wanted.gather(2, value.unsqueeze(2)).squeeze(2))


def test_a_buffer_has_no_gaps_where_the_blocks_have() -> None:
    blocks = (torch.zeros(2, 3, 8, 4, 6)[:, :, 1:6], torch.zeros(2, 2, 5, 1, 1).expand(SHAPES[1]))
    layout = layout_of(blocks)
    assert layout.starts == (0, 2 * 3 * 5 * 4 * 6, 2 * 3 * 5 * 4 * 6 + 2 * 2 * 5 * 2 * 3)
    assert [tuple(view.shape) for view in layout.views(torch.zeros(layout.starts[-1]))] == SHAPES
    image, prior = torch.meshgrid(torch.arange(2), torch.arange(3 * 24 + 2 * 6), indexing="ij")
    every = layout.addresses(image, prior, None)
    assert torch.equal(every.flatten().sort().values, torch.arange(layout.starts[-1]))


def test_addresses_in_a_block_count_from_its_first_number() -> None:
    joint = torch.arange(2 * 8 * 12.0).view(2, 1, 8, 3, 4)
    block = joint[:, :, 2:5]
    first, image_step, value_step = layout_of((block,)).in_block.unbind(1)
    assert torch.equal(first, torch.arange(12))
    assert (set(image_step.tolist()), set(value_step.tolist())) == ({96}, {12})


def test_the_layout_is_kept() -> None:
    assert layout_of((torch.zeros(1, 1, 2, 3, 4),)) is layout_of((torch.ones(1, 1, 2, 3, 4),))


def views_of(dense: Tensor, levels: int = 2) -> tuple[Tensor, ...]:
    """Two levels, of 3 priors in each of 4 × 6 cells, and of 2 in each of 1 × 3."""
    return tuple(
        dense[:, first:last].unflatten(1, shape).permute(0, 3, 4, 1, 2)
        for first, last, shape in ((0, 72, (4, 6, 3)), (72, 78, (1, 3, 2)))[:levels]
    )


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("levels", [1, 2])
@pytest.mark.parametrize(
    ("arrange", "like"),
    [
        (lambda array: array[1:], (0, 1, 2)),  # does not begin where its memory does
        (lambda array: array[1:, :, 3:8], (0, 1, 2)),  # with a gap behind every prior
        (lambda array: array[1:, 10:], (0, 1, 2)),  # with a gap behind every image
        (lambda array: array.mT.contiguous().mT[1:], (0, 2, 1)),  # values before priors in memory, as of feature maps
        (lambda array: array.transpose(0, 1).contiguous().transpose(0, 1)[1:], (1, 0, 2)),
        (lambda array: array[:1].expand(len(array) - 1, -1, -1), (0, 1, 2)),
    ],
)
def test_slices_of_a_dense_array_have_a_buffer_like_it(
    batch: int, levels: int, arrange: Callable[[Tensor], Tensor], like: tuple[int, ...]
) -> None:
    dense = arrange(torch.randn(batch + 1, 88, 8))[:, : (72, 78)[levels - 1]]
    blocks = views_of(dense, levels)
    layout = layout_of(blocks)
    assert layout.array is not None
    assert layout.array.behind(blocks).data_ptr() == dense.data_ptr()
    assert torch.equal(layout.array.behind(blocks), dense)
    buffer = torch.full((dense.numel(),), torch.nan)
    assert len(buffer) == layout.starts[-1]
    for block, part in zip(blocks, layout.views(buffer), strict=True):
        part.copy_(block)
    own = layout.array.over(buffer)
    assert torch.equal(own, dense)
    assert own.permute(like).is_contiguous()
    image, prior = torch.meshgrid(torch.arange(batch), torch.arange(dense.shape[1]), indexing="ij")
    assert torch.equal(buffer[layout.addresses(image, prior, None)], dense)
    assert torch.equal(buffer[layout.first_values()], dense[:, :, 0])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda dense: (views_of(dense)[0], views_of(dense.clone())[1]),  # another array
        lambda dense: views_of(dense)[::-1],  # in another order
        lambda dense: (views_of(dense)[0], views_of(dense[:, 1:])[1]),  # not where the other ends
        lambda dense: (views_of(dense)[0], views_of(dense[:, :, 1:])[1]),
        lambda dense: tuple(block.contiguous() for block in views_of(dense)),
    ],
)
def test_other_blocks_are_not_taken_for_slices(spoil: Callable[[Tensor], tuple[Tensor, ...]]) -> None:
    blocks = spoil(torch.randn(2, 80, 5))
    blocks = tuple(block[:, :, :4] for block in blocks)
    layout = layout_of(blocks)
    assert layout.array is None
    buffer = torch.empty(layout.starts[-1])
    for block, part in zip(blocks, layout.views(buffer), strict=True):
        part.copy_(block)
    wanted = in_prior_order(list(blocks))
    image, prior = torch.meshgrid(torch.arange(2), torch.arange(78), indexing="ij")
    assert torch.equal(buffer[layout.addresses(image, prior, None)], wanted)
