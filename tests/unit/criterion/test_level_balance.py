import pytest
import torch

from boxwright.criterion import LevelBalance
from boxwright.errors import ConfigError, ShapeError

LOSSES = torch.tensor([0.5, 2.0, 1.0])


def test_weighs_the_levels() -> None:
    assert LevelBalance((4.0, 1.0, 0.4))(LOSSES).item() == pytest.approx(4 * 0.5 + 2 + 0.4)


def test_fixed_weights_never_move_and_have_no_state() -> None:
    balance = LevelBalance((4.0, 1.0, 0.4))
    balance(LOSSES)
    balance.after_step()
    assert balance.weights.tolist() == [4.0, 1.0, 0.4]
    assert balance.state_dict() == {}
    balance.load_state_dict({})


def test_a_step_worked_by_hand() -> None:
    """With rate ½: (4 + 2) / 2, (1 + ½) / 2, (0.4 + 1) / 2, all divided by the second."""
    balance = LevelBalance((4.0, 1.0, 0.4), is_moving=True, rate=0.5)
    balance(LOSSES)
    balance.after_step()
    assert balance.weights.tolist() == pytest.approx([3 / 0.75, 1.0, 0.7 / 0.75])


def test_weights_act_from_the_next_call_and_move_once_per_call() -> None:
    balance = LevelBalance((4.0, 1.0, 0.4), is_moving=True, rate=0.5)
    first = balance(LOSSES)
    assert balance(LOSSES) == first
    balance.after_step()
    moved = balance.weights.clone()
    balance.after_step()
    assert torch.equal(balance.weights, moved)
    assert balance(LOSSES) != first


def test_weights_settle_where_weighted_losses_are_equal() -> None:
    balance = LevelBalance((4.0, 1.0, 0.4), is_moving=True, rate=0.1)
    for _ in range(500):
        balance(LOSSES)
        balance.after_step()
    weighted = balance.weights * LOSSES
    torch.testing.assert_close(weighted, weighted[1].expand(3))


def test_the_state_continues_exactly() -> None:
    one, other = (LevelBalance((4.0, 1.0, 0.4), is_moving=True) for _ in range(2))
    one(LOSSES)
    one.after_step()
    other.load_state_dict(one.state_dict())
    for balance in (one, other):
        balance(LOSSES)
        balance.after_step()
    assert torch.equal(one.weights, other.weights)
    assert one.state_dict()["weights"].data_ptr() != one.weights.data_ptr()


def test_a_loss_of_zero_leaves_finite_weights() -> None:
    balance = LevelBalance((4.0, 1.0, 0.4), is_moving=True)
    balance(torch.zeros(3))
    balance.after_step()
    assert balance.weights.isfinite().all()


def test_no_graph_is_kept() -> None:
    balance = LevelBalance((4.0, 1.0, 0.4), is_moving=True)
    losses = LOSSES.clone().requires_grad_()
    balance(losses).backward()
    balance.after_step()
    assert losses.grad is not None
    assert losses.grad.tolist() == pytest.approx([4.0, 1.0, 0.4])
    assert not balance.weights.requires_grad


def test_levels_must_agree() -> None:
    with pytest.raises(ShapeError, match="Found 3 levels and 2 weights of levels"):
        LevelBalance((4.0, 1.0))(LOSSES)
    with pytest.raises(ShapeError, match="The state has 3 weights of levels, the criterion 2"):
        LevelBalance((4.0, 1.0), is_moving=True).load_state_dict({"weights": torch.ones(3)})


def test_ranges_are_checked() -> None:
    with pytest.raises(ConfigError, match="The reference level 3 is not one of 3"):
        LevelBalance((4.0, 1.0, 0.4), is_moving=True, reference=3)
    with pytest.raises(ConfigError, match="rate must lie in 0 to 1; found 2"):
        LevelBalance((4.0, 1.0, 0.4), rate=2.0)
