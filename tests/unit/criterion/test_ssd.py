"""The criterion of SSD: its dialects, the traps of published code, and what is new about it."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from boxwright.criterion import SSD_DIALECTS, Criterion, RankingTerm, ssd_coder, ssd_criterion
from boxwright.errors import ConfigError, ShapeError
from boxwright.prior_generators import DEFAULT_BOXES
from boxwright.samplers import KeepAll, PriorValues
from boxwright.structures import Assignment, Predictions, Priors, Targets
from tests.contracts.recorded_tensors import RecordedTensors
from tests.contracts.scenes import random_boxes

TINY = DEFAULT_BOXES["ssd_tiny"]((224, 224))
each_dialect = pytest.mark.parametrize("dialect", SSD_DIALECTS)


def scene(
    batch: int = 2, classes: int = 3, dtype: torch.dtype = torch.float32, priors: Priors = TINY, seed: int = 0
) -> tuple[Predictions, list[Tensor]]:
    generator = torch.Generator().manual_seed(seed)
    leaves = [
        torch.randn(batch, grid.priors_per_cell, values, grid.height, grid.width, generator=generator).to(dtype)
        for values in (classes + 1, 4)
        for grid in priors.grids
    ]
    leaves = [leaf.requires_grad_() for leaf in leaves]
    half = len(priors.grids)
    return Predictions(tuple(leaves[:half]), tuple(leaves[half:]), has_background=True), leaves


def targets_for(*counts: int) -> Targets:
    generator = torch.Generator().manual_seed(1)
    boxes = [random_boxes(generator, count, (224, 224), smallest=10.0, dtype=torch.float32) for count in counts]
    return Targets.from_lists(boxes, [torch.arange(count) % 3 for count in counts])


def assert_all_finite(losses: dict[str, Tensor], leaves: list[Tensor]) -> None:
    assert all(loss.isfinite() for loss in losses.values()), losses
    torch.stack(list(losses.values())).sum().backward()
    for leaf in leaves:
        assert leaf.grad is not None
        assert leaf.grad.isfinite().all()


class TestWorkedByHand:
    """All logits and codes 0; the target is prior 220, in the middle of the canvas, scale 0.2: 44.8 × 44.8.

    From 0.6 on nobody else joins it. So there is one pair with codes 0 and three negatives, each ln 4.
    """

    target = Targets.from_lists([torch.tensor([[89.6, 89.6, 134.4, 134.4]])], [torch.tensor([2])])

    def losses(self, dialect: str, codes: float) -> dict[str, float]:
        predictions = Predictions(
            (torch.zeros(1, 9, 4, 7, 7),), (torch.full((1, 9, 4, 7, 7), codes),), has_background=True
        )
        found = ssd_criterion(dialect=dialect, threshold=0.6)(predictions, TINY, self.target)
        return {name: float(loss) for name, loss in found.items()}

    @each_dialect
    def test_a_perfect_box(self, dialect: str) -> None:
        assert self.losses(dialect, 0.0) == pytest.approx({"box": 0.0, "class": 4 * math.log(4)}, abs=1e-4)

    @pytest.mark.parametrize(("dialect", "box"), [("default", 6.0), ("torchvision", 6.0), ("tiny", 2.0)])
    def test_each_code_two_off(self, dialect: str, box: float) -> None:
        """Smooth L1: 4 · (2 − ½). Mean of L1: 2."""
        assert self.losses(dialect, 2.0)["box"] == pytest.approx(box, abs=1e-4)

    def test_smooth_l1_is_a_parabola_near_zero(self) -> None:
        assert self.losses("default", 0.5)["box"] == pytest.approx(4 * 0.125, abs=1e-4)


@each_dialect
@pytest.mark.parametrize("counts", [(0, 0), (0, 3), (1, 0)])
def test_trap_a_batch_or_an_image_without_objects_is_no_error(dialect: str, counts: tuple[int, ...]) -> None:
    predictions, leaves = scene()
    losses = ssd_criterion(dialect=dialect)(predictions, TINY, targets_for(*counts))
    if sum(counts) == 0:
        assert {name: loss.item() for name, loss in losses.items()} == {"box": 0.0, "class": 0.0}
    assert_all_finite(losses, leaves)


def test_trap_positives_are_never_counted_as_negatives() -> None:
    """At a low threshold, 3 · P exceeds the number of negatives; what counts is every prior, once."""
    predictions, _ = scene(batch=1)
    criterion = ssd_criterion(threshold=0.05)
    found = criterion.assign(predictions, TINY, targets_for(12))
    assert 4 * len(found) > len(TINY)
    assert not found.ignored.any()
    loss = criterion(predictions, TINY, targets_for(12))["class"]
    values = replace(criterion, sampler=KeepAll())(predictions, TINY, targets_for(12))["class"]
    torch.testing.assert_close(loss, values)


def test_trap_the_box_loss_of_the_tutorial_is_a_mean_and_no_smooth_l1() -> None:
    predictions, _ = scene(batch=1)
    targets = targets_for(4)
    found = ssd_criterion(dialect="tiny").assign(predictions, TINY, targets)
    codes = predictions.box_codes_at(found.image, found.prior)
    wanted = ssd_coder().encode(boxes=targets.boxes[found.target], priors=TINY.boxes[found.prior])
    loss = ssd_criterion(dialect="tiny")(predictions, TINY, targets)["box"]
    torch.testing.assert_close(loss, (codes - wanted).abs().mean())


def test_trap_negatives_are_ranked_per_image() -> None:
    """Image 1 has no object; its large losses count nothing, and take nothing from image 0."""
    predictions, _ = scene()
    logits = predictions.class_logits[0].detach().clone()
    logits[1] *= 50
    found = ssd_criterion().assign(replace(predictions, class_logits=(logits,)), TINY, targets_for(3, 0))
    counted = (~found.ignored).sum(dim=1).tolist()
    assert counted == [4 * len(found), 0]


def test_trap_a_shared_best_prior_loses_no_target_unless_the_dialect_says_so() -> None:
    box = torch.tensor([[89.6, 89.6, 134.4, 134.4], [90.6, 89.6, 135.4, 134.4]])
    targets = Targets.from_lists([box], [torch.zeros(2)])
    predictions, _ = scene(batch=1)
    criteria = {name: ssd_criterion(dialect=name, threshold=0.99) for name in SSD_DIALECTS}
    matched = {name: criterion.assign(predictions, TINY, targets).target for name, criterion in criteria.items()}
    assert set(matched["default"].tolist()) == {0, 1}
    assert set(matched["torchvision"].tolist()) == set(matched["tiny"].tolist()) == {1}


def test_trap_background_is_no_class() -> None:
    """Labels count from 0 although the first logit is the background's; one label more is refused."""
    predictions, _ = scene(classes=3)
    assert predictions.num_classes == 3
    boxes = [torch.tensor([[10.0, 10.0, 90.0, 90.0]]), torch.zeros(0, 4)]
    with pytest.raises(ShapeError, match=r"label 3, the network has 3 classes \(0 to 2\)"):
        ssd_criterion()(predictions, TINY, Targets.from_lists(boxes, [torch.tensor([3]), torch.zeros(0)]))


def test_trap_sizes_are_clamped_when_decoding_on_both_sides_or_above() -> None:
    prior, codes = TINY.boxes[:1], torch.full((1, 4), -100.0)
    assert (
        ssd_coder().decode(codes=codes, priors=prior)[:, 2:] - ssd_coder().decode(codes=codes, priors=prior)[:, :2]
        > 0.5
    ).all()
    wild = ssd_coder("torchvision").decode(codes=-codes, priors=prior)
    torch.testing.assert_close(wild[:, 2] - wild[:, 0], prior[:, 2] * 62.5)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_outputs_are_read_in_float32(dtype: torch.dtype) -> None:
    predictions, leaves = scene(dtype=dtype)
    wide = replace(
        predictions,
        class_logits=tuple(block.float() for block in predictions.class_logits),
        box_codes=tuple(block.float() for block in predictions.box_codes),
    )
    with torch.autocast("cpu", dtype):
        found = ssd_criterion()(predictions, TINY, targets_for(3, 2))
    for name, loss in ssd_criterion()(wide, TINY, targets_for(3, 2)).items():
        torch.testing.assert_close(found[name], loss)
    assert_all_finite(found, leaves)


def test_the_order_of_targets_does_not_matter() -> None:
    predictions, _ = scene(batch=1)
    targets = targets_for(9)
    turned = Targets(targets.boxes.flip(0), targets.labels.flip(0), targets.image, targets.ignore, 1)
    one, other = (ssd_criterion()(predictions, TINY, rows) for rows in (targets, turned))
    for name, loss in one.items():
        torch.testing.assert_close(other[name], loss)


def test_ignored_regions_cost_nothing() -> None:
    predictions, leaves = scene(batch=1)
    targets = targets_for(3)
    region = torch.tensor([[0.0, 0.0, 224.0, 100.0]])
    with_region = Targets.from_lists(
        [torch.cat((targets.boxes, region))],
        [torch.cat((targets.labels, torch.zeros(1))).long()],
        [torch.arange(4) == 3],
    )
    found = ssd_criterion().assign(predictions, TINY, with_region)
    counted = (~found.ignored).nonzero()[:, 1]
    negatives = counted[~torch.isin(counted, found.prior)]
    assert (TINY.boxes[negatives, 1] > 100).all()
    assert_all_finite(ssd_criterion()(predictions, TINY, with_region), leaves)


class TestHandOver:
    """How the criterion gives a sampler the loss per prior."""

    def test_values_are_computed_once_a_sampler_asks_and_without_a_gradient(self) -> None:
        predictions, _ = scene()
        seen: list[Tensor] = []

        def sampler(assignment: Assignment, prior_values: PriorValues | None = None) -> Assignment:
            assert prior_values is not None
            seen.append(prior_values())
            return assignment

        criterion: Criterion = replace(ssd_criterion(), sampler=sampler)
        criterion.assign(predictions, TINY, targets_for(2, 1))
        (values,) = seen
        assert values.shape == (2, 441)
        assert not values.requires_grad

    def test_a_sampler_that_does_not_ask_costs_nothing(self) -> None:
        predictions, _ = scene()
        criterion = replace(ssd_criterion(), sampler=KeepAll())
        with RecordedTensors() as recorded:
            criterion.assign(predictions, TINY, targets_for(2, 1))
        assert not any("logsumexp" in tensor.operation for tensor in recorded.created)

    def test_without_a_term_to_rank_by_it_says_so(self) -> None:
        predictions, _ = scene()
        criterion = ssd_criterion()
        unranked = tuple(term for term in criterion.terms if not isinstance(term, RankingTerm))
        with pytest.raises(
            ConfigError, match=r"HardNegatives ranks priors by their loss, but none of the terms \['box'\]"
        ):
            replace(criterion, terms=unranked)(predictions, TINY, targets_for(2, 1))


def test_options_reach_their_parts() -> None:
    criterion = ssd_criterion(threshold=0.3, negatives_per_positive=5.0, negatives_without_positives=7, alpha=0.5)
    assert (criterion.assigner.threshold, criterion.sampler.ratio) == (0.3, 5.0)  # type: ignore[attr-defined]
    assert criterion.sampler.without_positives == 7  # type: ignore[attr-defined]
    predictions, _ = scene()
    whole, half = (ssd_criterion(alpha=alpha)(predictions, TINY, targets_for(2, 1)) for alpha in (1.0, 0.5))
    torch.testing.assert_close(half["box"], whole["box"] / 2)
    torch.testing.assert_close(half["class"], whole["class"])


def test_impossible_options_are_refused() -> None:
    with pytest.raises(ConfigError, match="Unknown dialect 'caffe'"):
        ssd_criterion(dialect="caffe")
    with pytest.raises(ConfigError, match="Unknown dialect 'caffe'"):
        ssd_coder("caffe")
    with pytest.raises(ConfigError, match="alpha must be at least 0; found -1"):
        ssd_criterion(alpha=-1.0)
