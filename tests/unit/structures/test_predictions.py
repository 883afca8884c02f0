from dataclasses import FrozenInstanceError, replace

import pytest
import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from boxwright.errors import ShapeError
from boxwright.kernels.layout import _layout
from boxwright.prior_generators import PointGrid
from boxwright.structures import LevelGrid, MaskPredictions, Predictions, Priors

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


def test_from_dense_copies_nothing() -> None:
    priors = anchors(3)
    logits, codes = dense_arrays(priors)
    predictions = Predictions.from_dense(logits, codes, priors)
    for blocks, dense in ((predictions.class_logits, logits), (predictions.box_codes, codes)):
        for block in blocks:
            assert block.untyped_storage().data_ptr() == dense.untyped_storage().data_ptr()
    logits, codes = logits.detach(), codes.detach()
    predictions = Predictions.from_dense(logits, codes, priors)
    logits[1, priors.grids[1].start, 2] = 7.0
    assert predictions.class_logits[1][1, 0, 2, 0, 0] == 7.0


@pytest.mark.parametrize("per_cell", [1, 3])
def test_gradients_of_levels_come_back_in_one_array(per_cell: int) -> None:
    """Also where a level has none."""
    priors = anchors(per_cell)
    logits, codes = dense_arrays(priors)
    predictions = Predictions.from_dense(logits, codes, priors)
    weights = torch.rand(logits.shape, generator=torch.Generator().manual_seed(2))
    by_level = Predictions.from_dense(weights, codes, priors).class_logits
    first, second = ((block * weight).sum() for block, weight in zip(predictions.class_logits, by_level, strict=True))
    (whole,) = torch.autograd.grad(first + second, logits, retain_graph=True)
    assert torch.equal(whole, weights)
    (half,) = torch.autograd.grad(second, logits)
    assert torch.equal(half[:, priors.grids[1].start :], weights[:, priors.grids[1].start :])
    assert not half[:, : priors.grids[1].start].any()


@pytest.mark.parametrize("per_cell", [1, 3])
def test_a_gradient_of_the_gradient_reaches_every_level(per_cell: int) -> None:
    priors = anchors(per_cell)
    logits, codes = dense_arrays(priors, torch.float64)
    image, prior = torch.tensor([0, 1, 1]), torch.tensor([0, 2, len(priors) - 1])
    results = []
    for rows in (Predictions.from_dense(logits, codes, priors).box_codes_at(image, prior), codes[image, prior]):
        (gradient,) = torch.autograd.grad((rows**3).sum(), codes, create_graph=True)
        results.append(torch.autograd.grad(gradient.square().sum(), codes)[0])
    torch.testing.assert_close(*results)


def test_gradients_are_put_together_without_a_layout_of_their_own() -> None:
    """Its tables would take the place of others in the cache."""
    priors = anchors(3)
    logits, codes = dense_arrays(priors)
    both = torch.cat((logits, codes), dim=2).detach().requires_grad_()
    rows = Predictions.from_dense(both[..., :3], both[..., 3:], priors).box_codes_at(*torch.zeros(2, 1).long())
    before = _layout.cache_info().misses
    rows.sum().backward()
    assert _layout.cache_info().misses == before


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


def test_dense_arrays_of_another_canvas_are_an_error_with_the_cure() -> None:
    priors = PointGrid()((64, 64))
    with pytest.raises(ShapeError, match=r"class_logits has 83 rows per image.*\(64, 64\) has 84.*Build the priors"):
        Predictions.from_dense(torch.zeros(1, 83, 3), torch.zeros(1, 83, 4), priors)


def some(priors: Priors) -> Predictions:
    logits, codes = dense_arrays(priors)
    return Predictions.from_dense(logits, codes, priors, further={"centreness": codes[..., :1]})


def test_further_levels_have_names() -> None:
    priors = anchors(3)
    predictions = some(priors)
    assert torch.equal(predictions.blocks_of("centreness")[1], predictions.box_codes[1][:, :, :1])
    with pytest.raises(ShapeError, match="no further levels 'objectness'; found: centreness"):
        predictions.blocks_of("objectness")


def test_later_changes_of_the_mapping_change_nothing() -> None:
    predictions = some(anchors(3))
    further = dict(predictions.further)
    again = replace(predictions, further=further)
    further.clear()
    assert set(again.further) == {"centreness"}


def test_is_frozen_and_has_slots() -> None:
    predictions = some(anchors(1))
    assert not hasattr(predictions, "__dict__")
    with pytest.raises(FrozenInstanceError):
        predictions.has_background = True  # type: ignore[misc]


@pytest.mark.parametrize("name", ["box_codes", "centreness", "coefficients"])
def test_everything_is_of_the_same_levels(name: str) -> None:
    predictions = some(anchors(3))
    turned = predictions.box_codes[::-1]
    changes = {
        "box_codes": {"box_codes": turned},
        "centreness": {"further": {"centreness": turned}},
        "coefficients": {"masks": MaskPredictions(turned, torch.zeros(2, 5, 8, 12))},
    }
    with pytest.raises(ShapeError, match=f"Level 0 of .*{name}"):
        replace(predictions, **changes[name])  # type: ignore[arg-type]


def test_prototypes_are_of_the_same_batch() -> None:
    predictions = some(anchors(3))
    with pytest.raises((ShapeError, TypeError)):
        replace(predictions, masks=MaskPredictions(predictions.box_codes, torch.zeros(3, 5, 8, 12)))


def test_is_checked_against_priors() -> None:
    predictions = some(anchors(3))
    predictions.check_priors(anchors(3))
    with pytest.raises(ShapeError, match="Build the priors for the canvas"):
        predictions.check_priors(anchors(1))


def test_moving_takes_everything_along() -> None:
    priors = anchors(3)
    predictions = replace(some(priors), has_background=True)
    masks = MaskPredictions(predictions.box_codes, torch.zeros(2, 5, 8, 12))
    moved = replace(predictions, masks=masks).to("meta")
    assert moved.has_background
    assert {leaf.device.type for leaf in tree_leaves(moved)} == {"meta"}
    assert len(tree_leaves(moved)) == 9  # four columns of two levels, and the prototypes
    assert some(priors).to("cpu").masks is None


@pytest.mark.parametrize("label", [3, -1])
def test_a_label_without_a_class_is_an_error(label: int) -> None:
    """In place of the number of another prior or image."""
    zero = torch.zeros(1, dtype=torch.int64)
    with pytest.raises(ShapeError, match=f"label {label}, the network has 3 classes"):
        some(anchors(1)).class_logits_at(zero, zero, zero + label)
