import pytest
import torch

from boxwright.models.heads import MultiBoxHead

CHANNELS, COUNTS = (8, 16), (4, 6)


def features_of(batch: int) -> tuple[torch.Tensor, ...]:
    return tuple(torch.rand(batch, width, side, side + 1) for width, side in zip(CHANNELS, (5, 3), strict=True))


def test_every_default_box_has_a_background_logit_more_than_classes() -> None:
    predictions = MultiBoxHead(CHANNELS, COUNTS, 3)(features_of(2))
    assert [tuple(block.shape) for block in predictions.class_logits] == [(2, 4, 4, 5, 6), (2, 6, 4, 3, 4)]
    assert [tuple(block.shape) for block in predictions.box_codes] == [(2, 4, 4, 5, 6), (2, 6, 4, 3, 4)]
    assert predictions.has_background
    assert predictions.num_classes == 3


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_channels_go_box_by_box_without_a_copy(memory_format: torch.memory_format) -> None:
    head = MultiBoxHead(CHANNELS, COUNTS, 2).to(memory_format=memory_format)
    kept: list[torch.Tensor] = []
    for predictor in head.class_predictors:
        predictor.register_forward_hook(lambda module, inputs, output: kept.append(output))
    predictions = head(tuple(level.contiguous(memory_format=memory_format) for level in features_of(1)))
    for block, output in zip(predictions.class_logits, kept, strict=True):
        assert torch.equal(block[:, 1], output[:, 3:6])
        assert block.untyped_storage().data_ptr() == output.untyped_storage().data_ptr()


def test_weights_start_uniform_and_biases_at_zero() -> None:
    head = MultiBoxHead((512,), (9,), 20)
    for predictor in (*head.class_predictors, *head.box_predictors):
        assert not predictor.bias.any()
        limit = (6 / (9 * (predictor.in_channels + predictor.out_channels))) ** 0.5
        assert float(predictor.weight.detach().abs().max()) == pytest.approx(limit, rel=1e-3)
