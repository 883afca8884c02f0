import pytest
import torch

from boxwright.kernels.log_scores import LogScores
from boxwright.prior_generators import PointGrid
from boxwright.structures import Predictions

SHAPES = [(2, 3, 5, 4, 6), (2, 2, 5, 2, 3)]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
def test_they_are_the_logarithms_of_the_softmax(dtype: torch.dtype) -> None:
    blocks = tuple(torch.randn(shape).to(dtype).requires_grad_() for shape in SHAPES)
    scores = LogScores.of(blocks)
    wide = torch.float64 if dtype == torch.float64 else torch.float32
    dense = torch.cat([block.permute(0, 3, 4, 1, 2).flatten(1, 3) for block in blocks], dim=1).detach().to(wide)
    assert scores.buffer.dtype == wide
    assert not scores.buffer.requires_grad
    torch.testing.assert_close(scores.prior_values, -dense.log_softmax(dim=2)[:, :, 0])


def test_memory_of_the_blocks_may_be_in_any_order() -> None:
    plain = torch.randn(2, 3, 5, 4, 6)
    turned = plain.permute(0, 3, 4, 1, 2).contiguous().permute(0, 3, 4, 1, 2)
    cut = torch.cat((plain, plain), dim=2)[:, :, 5:]
    assert turned.stride() != plain.stride() != cut.stride()
    for block in (turned, cut):
        torch.testing.assert_close(LogScores.of((block,)).prior_values, LogScores.of((plain,)).prior_values)


@pytest.mark.parametrize("values", [1, 2, 15, 16, 21])
@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2)])
def test_slices_of_a_dense_array_of_any_length_of_row(
    values: int, batch: int, dtype: torch.dtype, order: tuple[int, ...]
) -> None:
    priors = PointGrid()((64, 96))
    dense = torch.randn(batch, len(priors), values).to(dtype).permute(order).contiguous()
    dense = dense.permute([order.index(axis) for axis in range(3)])
    scores = LogScores.of(Predictions.from_dense(dense, dense, priors).class_logits)
    assert scores.layout.array is not None
    wanted = dense.to(scores.buffer.dtype).log_softmax(dim=2)
    torch.testing.assert_close(scores.layout.array.over(scores.buffer), wanted)
    torch.testing.assert_close(scores.prior_values, -wanted[:, :, 0])
