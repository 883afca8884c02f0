"""The criterion of YOLOv5: gains, traps, emptiness and precision. Recorded numbers are in the parity tests."""

import pytest
import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from boxwright.criterion import YOLOv5Gains, yolov5_balance, yolov5_criterion, yolov5_gains
from boxwright.errors import ConfigError, ShapeError
from boxwright.prior_generators import AnchorGrid
from boxwright.structures import Predictions, Priors, Targets

ANCHORS = (
    ((5.0, 6.0), (8.0, 14.0), (15.0, 11.0)),
    ((15.0, 30.0), (31.0, 22.0), (29.0, 59.0)),
    ((58.0, 45.0), (78.0, 99.0), (120.0, 110.0)),
)
HALF = [torch.bfloat16, torch.float16]
GAINS = YOLOv5Gains(0.05, 0.5, 1.0)


def scene(
    classes: int = 3, batch: int = 2, dtype: torch.dtype = torch.float32
) -> tuple[Priors, Predictions, list[Tensor]]:
    """Gives priors, predictions and the level outputs that collect gradients, x, y, w, h, objectness, classes."""
    priors = AnchorGrid(ANCHORS)((64, 96))
    generator = torch.Generator().manual_seed(0)
    leaves = [
        torch.randn(batch, 3, 5 + classes, grid.height, grid.width, generator=generator).to(dtype).requires_grad_()
        for grid in priors.grids
    ]
    columns = (slice(5, None), slice(0, 4), slice(4, 5))
    logits, codes, objectness = (tuple(leaf[:, :, part] for leaf in leaves) for part in columns)
    return priors, Predictions(logits, codes, {"objectness": objectness}), leaves


def targets_for(*counts: int) -> Targets:
    generator = torch.Generator().manual_seed(1)
    corners = [torch.rand(count, 4, generator=generator) * 40 for count in counts]
    boxes = [torch.cat((rows[:, :2], rows[:, :2] + rows[:, 2:] / 2 + 4), dim=1) for rows in corners]
    return Targets.from_lists(boxes, [torch.arange(count) % 3 for count in counts])


def assert_all_finite(losses: dict[str, Tensor], leaves: list[Tensor]) -> None:
    assert all(loss.isfinite() for loss in losses.values()), losses
    torch.stack(list(losses.values())).sum().backward()
    for leaf in leaves:
        assert leaf.grad is not None
        assert leaf.grad.isfinite().all()


def test_published_gains() -> None:
    assert yolov5_gains(3, 80, (640, 640)) == YOLOv5Gains(0.05, 0.5, 1.0)
    found = yolov5_gains(4, 20, (320, 640))
    assert (found.box, found.classification, found.objectness) == pytest.approx((0.0375, 0.09375, 0.375))


def test_gains_follow_the_number_of_classes_and_the_canvas_of_the_call() -> None:
    priors, predictions, _ = scene()
    plain = yolov5_criterion(3, gains=GAINS)(predictions, priors, targets_for(3, 2))
    scaled = yolov5_criterion(3)(predictions, priors, targets_for(3, 2))
    fixed = yolov5_criterion(3, canvas_size=(320, 320))(predictions, priors, targets_for(3, 2))
    torch.testing.assert_close(scaled["box"], plain["box"])
    torch.testing.assert_close(scaled["class"], plain["class"] * 3 / 80)
    torch.testing.assert_close(scaled["objectness"], plain["objectness"] * 64 * 96 / 640**2)
    torch.testing.assert_close(fixed["objectness"], plain["objectness"] / 4)


def test_losses_are_multiplied_by_the_batch_size() -> None:
    priors, predictions, _ = scene(batch=1)
    once = yolov5_criterion(3)(predictions, priors, targets_for(3))
    doubled = tree_map(lambda block: torch.cat((block, block)), predictions)
    alone = targets_for(3)
    boxes, labels = [alone.boxes] * 2, [alone.labels] * 2
    twice = yolov5_criterion(3)(doubled, priors, Targets.from_lists(boxes, labels))
    for name, loss in once.items():
        torch.testing.assert_close(twice[name], 2 * loss)


def test_one_class_means_no_class_loss() -> None:
    priors, predictions, leaves = scene(classes=1)
    one = targets_for(3, 2)
    targets = Targets(one.boxes, one.labels * 0, one.image, one.ignore, 2)
    losses = yolov5_criterion(1)(predictions, priors, targets)
    assert set(losses) == {"box", "objectness"}
    assert_all_finite(losses, leaves)
    assert not any(leaf.grad[:, :, 5:].any() for leaf in leaves if leaf.grad is not None)


@pytest.mark.parametrize("dtype", [torch.float32, *HALF])
def test_no_targets_give_finite_losses_and_every_output_a_gradient(dtype: torch.dtype) -> None:
    priors, predictions, leaves = scene(dtype=dtype)
    losses = yolov5_criterion(3)(predictions, priors, targets_for(0, 0))
    assert losses["box"] == losses["class"] == 0
    assert losses["objectness"] > 0
    assert losses["box"].requires_grad
    assert_all_finite(losses, leaves)


@pytest.mark.parametrize("focal_gamma", [0.0, 1.5])
@pytest.mark.parametrize("count", [1, 2])
def test_a_single_match_is_no_special_case(count: int, focal_gamma: float) -> None:
    priors, predictions, leaves = scene(batch=1)
    box = torch.tensor([[10.0, 10.0, 14.0, 14.0]])
    targets = Targets.from_lists([box.expand(count, 4)], [torch.zeros(count)])
    assert_all_finite(yolov5_criterion(3, focal_gamma=focal_gamma)(predictions, priors, targets), leaves)


class TestZeroSizePredictions:
    """Published code divides width by height, 0/0 for such a box."""

    @pytest.mark.parametrize("dtype", [torch.float32, *HALF])
    @pytest.mark.parametrize("logit", [-1e4, -200.0, -100.0, -45.0, -30.0, -18.0, -9.0])
    @pytest.mark.parametrize("axes", [(2, 3), (2,), (3,)])
    def test_zero_size_predictions_give_no_nan(self, axes: tuple[int, ...], logit: float, dtype: torch.dtype) -> None:
        priors, predictions, leaves = scene(dtype=dtype)
        with torch.no_grad():
            for leaf in leaves:
                for axis in axes:
                    leaf[:, :, axis] = logit
        losses = yolov5_criterion(3)(predictions, priors, targets_for(4, 3))
        assert losses["box"] > 0
        assert_all_finite(losses, leaves)
        steepest = max(float(leaf.grad.abs().max()) for leaf in leaves if leaf.grad is not None)
        assert steepest < 1, "the angle of a box without size must not be steep"

    def test_zero_size_targets_match_nothing(self) -> None:
        priors, predictions, leaves = scene(batch=1)
        targets = Targets.from_lists([torch.tensor([[9.0, 9.0, 9.0, 9.0], [9.0, 9.0, 20.0, 9.0]])], [torch.zeros(2)])
        losses = yolov5_criterion(3)(predictions, priors, targets)
        assert losses["box"] == 0
        assert_all_finite(losses, leaves)


@pytest.mark.parametrize("dtype", HALF)
def test_half_outputs_are_read_in_float32(dtype: torch.dtype) -> None:
    priors, predictions, leaves = scene(dtype=dtype)
    wide = tree_map(Tensor.float, predictions)
    with torch.autocast("cpu", dtype):
        found = yolov5_criterion(3)(predictions, priors, targets_for(3, 2))
    for name, loss in yolov5_criterion(3)(wide, priors, targets_for(3, 2)).items():
        torch.testing.assert_close(found[name], loss)
    assert_all_finite(found, leaves)


def test_the_order_of_targets_does_not_matter() -> None:
    """Two objects share priors, so that an undefined order of writing would show."""
    priors, predictions, _ = scene(batch=1)
    boxes = torch.tensor([[8.0, 8.0, 20.0, 20.0], [8.0, 9.0, 22.0, 20.0], [30.0, 30.0, 50.0, 60.0]])
    labels = torch.tensor([0, 1, 2])
    one = yolov5_criterion(3)(predictions, priors, Targets.from_lists([boxes], [labels]))
    other = yolov5_criterion(3)(predictions, priors, Targets.from_lists([boxes.flip(0)], [labels.flip(0)]))
    for name, loss in one.items():
        torch.testing.assert_close(other[name], loss)


class TestState:
    def test_autobalance_moves_in_after_step_only_and_is_saved(self) -> None:
        priors, predictions, _ = scene()
        criterion = yolov5_criterion(3, autobalance=True)
        first = criterion(predictions, priors, targets_for(3, 2))["objectness"]
        assert criterion(predictions, priors, targets_for(3, 2))["objectness"] == first
        start = criterion.state_dict()
        assert start["objectness"]["weights"].tolist() == [4.0, 1.0, 0.4]
        criterion.after_step()
        state = criterion.state_dict()
        assert state["objectness"]["weights"].tolist() != [4.0, 1.0, 0.4]
        fresh = yolov5_criterion(3, autobalance=True)
        fresh.load_state_dict(state)
        assert torch.equal(fresh.state_dict()["objectness"]["weights"], state["objectness"]["weights"])

    def test_without_autobalance_there_is_no_state(self) -> None:
        criterion = yolov5_criterion(3)
        priors, predictions, _ = scene()
        criterion(predictions, priors, targets_for(3, 2))
        criterion.after_step()
        assert criterion.state_dict() == {}
        criterion.load_state_dict({})

    def test_a_state_of_other_terms_is_an_error(self) -> None:
        state = yolov5_criterion(3, autobalance=True).state_dict()
        with pytest.raises(ShapeError, match=r"a state of \['objectness'\], the criterion one of \[\]"):
            yolov5_criterion(3).load_state_dict(state)


def test_weights_of_levels() -> None:
    assert yolov5_balance((8, 16, 32)).weights.tolist() == [4.0, 1.0, 0.4]
    assert yolov5_balance((8, 16, 32, 64)).weights.tolist() == [4.0, 1.0, 0.25, 0.06]
    assert yolov5_balance((4, 8, 16, 32), autobalance=True).reference == 2
    with pytest.raises(ConfigError, match="autobalance refers to the level of stride 16"):
        yolov5_balance((8, 32), autobalance=True)
    with pytest.raises(ConfigError, match="Weights are known for 1 to 5 levels"):
        yolov5_balance((2, 4, 8, 16, 32, 64))
