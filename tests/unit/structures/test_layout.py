from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from boxwright.structures.layout import layout_of

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
    assert not layout.is_gapless
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


def views_of(dense: Tensor) -> tuple[Tensor, ...]:
    """Two levels, of 3 priors in each of 4 × 6 cells, and of 2 in each of 1 × 3."""
    return tuple(
        dense[:, first:last].unflatten(1, shape).permute(0, 3, 4, 1, 2)
        for first, last, shape in ((0, 72, (4, 6, 3)), (72, 78, (1, 3, 2)))
    )


@pytest.mark.parametrize("batch", [1, 2])
def test_slices_of_a_dense_array_have_a_buffer_like_it(batch: int) -> None:
    dense = torch.randn(batch + 1, 78, 5)[1:]  # does not begin where its memory does
    blocks = views_of(dense)
    layout = layout_of(blocks)
    assert layout.is_dense
    assert layout.dense(blocks).data_ptr() == dense.data_ptr()
    assert torch.equal(layout.dense(blocks), dense)
    buffer = torch.empty(layout.starts[-1])
    for block, part in zip(blocks, layout.views(buffer), strict=True):
        part.copy_(block)
    assert torch.equal(buffer.view(dense.shape), dense)
    image, prior = torch.meshgrid(torch.arange(batch), torch.arange(78), indexing="ij")
    assert torch.equal(buffer[layout.addresses(image, prior, None)], dense)
    assert torch.equal(buffer[layout.first_values()], dense[:, :, 0])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda dense: (views_of(dense)[0], views_of(dense.clone())[1]),  # another array
        lambda dense: views_of(dense)[::-1],  # in another order
        lambda dense: views_of(dense[:, :, :4]),  # with a gap behind every prior
        lambda dense: views_of(dense.transpose(0, 1).contiguous().transpose(0, 1)),
        lambda dense: views_of(dense.transpose(1, 2).contiguous().transpose(1, 2)),
        lambda dense: tuple(block.contiguous() for block in views_of(dense)),
    ],
)
def test_other_blocks_are_not_taken_for_slices(spoil: Callable[[Tensor], tuple[Tensor, ...]]) -> None:
    blocks = spoil(torch.randn(2, 78, 5))
    layout = layout_of(blocks)
    assert not layout.is_dense
    buffer = torch.empty(layout.starts[-1])
    for block, part in zip(blocks, layout.views(buffer), strict=True):
        part.copy_(block)
    wanted = in_prior_order(list(blocks))
    image, prior = torch.meshgrid(torch.arange(2), torch.arange(78), indexing="ij")
    assert torch.equal(buffer[layout.addresses(image, prior, None)], wanted)
