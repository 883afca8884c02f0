import torch

from boxwright.models.heads import DecoupledHead, DualHead
from boxwright.structures.dual_predictions import many_of

CHANNELS, STRIDES = (16, 32), (8, 16)


def features_of(batch: int) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(0)
    return tuple(
        torch.rand(batch, width, side, side + 1, generator=generator).requires_grad_()
        for width, side in zip(CHANNELS, (6, 3), strict=True)
    )


def head() -> DualHead:
    torch.manual_seed(0)
    return DualHead(CHANNELS, STRIDES, 3, reg_max=4)


def test_in_training_both_heads_predict() -> None:
    found = head().train()(features_of(2))
    many = many_of(found)
    assert many is not None
    assert not many.further
    for one, other in zip((*found.class_logits, *found.box_codes), (*many.class_logits, *many.box_codes), strict=True):
        assert one.shape == other.shape
        assert not torch.equal(one, other)


def test_in_evaluation_there_is_the_head_for_one_point_alone() -> None:
    network, features = head().eval(), features_of(2)
    found = network(features)
    assert many_of(found) is None
    assert not found.further
    wanted = network.one_to_one(features)
    assert all(torch.equal(*pair) for pair in zip(found.class_logits, wanted.class_logits, strict=True))


def test_only_the_head_for_many_points_trains_what_is_below() -> None:
    network, features = head().train(), features_of(2)
    found = network(features)
    sum(block.square().sum() for block in (*found.class_logits, *found.box_codes)).backward()
    assert all(level.grad is None for level in features)
    assert all(value.grad is not None for value in network.one_to_one.parameters())
    assert all(value.grad is None for value in network.class_branches.parameters())
    many = many_of(network(features))
    assert many is not None
    sum(block.square().sum() for block in many.class_logits).backward()
    assert all(level.grad is not None and bool(level.grad.any()) for level in features)


def test_weights_of_one_head_have_their_place() -> None:
    network, alone = head(), DecoupledHead(CHANNELS, STRIDES, 3, reg_max=4)
    names = set(network.state_dict())
    assert set(alone.state_dict()) < names
    assert {f"one_to_one.{name}" for name in alone.state_dict()} == names - set(alone.state_dict())
    assert set(network.class_layers()) == {
        *alone.class_layers(),
        *(f"one_to_one.{name}" for name in alone.class_layers()),
    }
