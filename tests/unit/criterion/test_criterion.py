"""The criterion as YOLOv8 puts it together: worked by hand, empty, in half precision, lean, and picky at its border."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn.functional import softplus

from boxwright.assigners import task_aligned_assigner
from boxwright.coders import DistributionCoder
from boxwright.criterion import BoxRegressionTerm, ClassificationTerm, Criterion, DistributionTerm, Matches
from boxwright.errors import ShapeError
from boxwright.prior_generators import PointGrid
from boxwright.samplers import PriorValues
from boxwright.structures import Assignment, Predictions, Priors, Targets
from tests.contracts.recorded_tensors import RecordedTensors

HALF = [torch.bfloat16, torch.float16]
CANVAS = (64, 96)
BINS = 16


def build(bins: int = BINS, *, guarantee: bool = False) -> Criterion:
    coder = DistributionCoder(bins)
    terms = (BoxRegressionTerm(coder.decode), ClassificationTerm(), DistributionTerm(coder))
    return Criterion(task_aligned_assigner(guarantee=guarantee), coder.decode, terms)


def leaves_for(
    priors: Priors, batch: int = 2, classes: int = 3, bins: int = BINS, dtype: torch.dtype = torch.float32
) -> tuple[list[Tensor], list[Tensor]]:
    generator = torch.Generator().manual_seed(0)
    return tuple(  # type: ignore[return-value]
        [
            torch.randn(batch, 1, values, grid.height, grid.width, generator=generator).to(dtype).requires_grad_()
            for grid in priors.grids
        ]
        for values in (classes, 4 * bins)
    )


def targets_for(*counts: int) -> Targets:
    generator = torch.Generator().manual_seed(1)
    corners = [torch.rand(count, 4, generator=generator) * 40 for count in counts]
    boxes = [torch.cat((rows[:, :2], rows[:, :2] + rows[:, 2:] / 2 + 2), dim=1) for rows in corners]
    return Targets.from_lists(boxes, [torch.arange(count) % 3 for count in counts])


def numbers(losses: dict[str, Tensor]) -> dict[str, float]:
    return {name: float(loss.detach()) for name, loss in losses.items()}


def total_of(losses: dict[str, Tensor]) -> Tensor:
    return torch.stack(list(losses.values())).sum()


def assert_all_finite(losses: dict[str, Tensor], leaves: tuple[list[Tensor], list[Tensor]]) -> None:
    assert all(loss.isfinite() for loss in losses.values()), losses
    total_of(losses).backward()
    for leaf in leaves[0] + leaves[1]:
        assert leaf.grad is not None
        assert leaf.grad.isfinite().all()


class TestWorkedByHand:
    """One point at (4, 4), one class, bins 0 and 1; all logits 0, so each side is half a stride away: a perfect box.

    Quality 1. Box: 0. Class: ½ · (ln 2 − 1 · 0). Distribution: 3/2 · ln 2.
    """

    priors = PointGrid((8,))((8, 8))
    box = torch.tensor([[0.0, 0.0, 8.0, 8.0]])

    def test_one_image(self) -> None:
        predictions = Predictions((torch.zeros(1, 1, 1, 1, 1),), (torch.zeros(1, 1, 8, 1, 1),))
        losses = build(2)(predictions, self.priors, Targets.from_lists([self.box], [torch.zeros(1)]))
        wanted = {"box": 0.0, "class": math.log(2) / 2, "dfl": 1.5 * math.log(2)}
        assert numbers(losses) == pytest.approx(wanted, abs=1e-5)

    def test_an_empty_image_beside_it_doubles_everything_and_adds_background(self) -> None:
        predictions = Predictions((torch.zeros(2, 1, 1, 1, 1),), (torch.zeros(2, 1, 8, 1, 1),))
        targets = Targets.from_lists([self.box, self.box[:0]], [torch.zeros(1), torch.zeros(0)])
        losses = build(2)(predictions, self.priors, targets)
        wanted = {"box": 0.0, "class": 2 * math.log(2), "dfl": 3 * math.log(2)}
        assert numbers(losses) == pytest.approx(wanted, abs=1e-5)
        plain = replace(build(2), times_batch_size=False)(predictions, self.priors, targets)
        assert numbers(plain)["class"] == pytest.approx(math.log(2), abs=1e-5)


class TestEmpty:
    @pytest.mark.parametrize("dtype", [torch.float32, *HALF])
    def test_no_targets_give_finite_losses_and_every_logit_a_gradient(self, dtype: torch.dtype) -> None:
        priors = PointGrid()(CANVAS)
        leaves = leaves_for(priors, dtype=dtype)
        losses = build()(Predictions(tuple(leaves[0]), tuple(leaves[1])), priors, targets_for(0, 0))
        found = numbers(losses)
        assert found["box"] == found["dfl"] == 0
        background = sum(float(softplus(leaf.detach().float()).sum()) for leaf in leaves[0])
        assert found["class"] == pytest.approx(background * 0.5 * 2, rel=1e-4)
        assert_all_finite(losses, leaves)
        for leaf in leaves[1]:
            assert leaf.grad is not None
            assert not leaf.grad.any()

    def test_targets_that_nothing_predicts_give_finite_losses(self) -> None:
        """Every candidate has a CIoU of at most 0."""
        priors = PointGrid()(CANVAS)
        leaves = leaves_for(priors)
        with torch.no_grad():
            for codes in leaves[1]:
                codes.zero_()[:, :, ::BINS] = 100.0  # every box is a point
        losses = build()(Predictions(tuple(leaves[0]), tuple(leaves[1])), priors, targets_for(3, 2))
        assert numbers(losses)["box"] == 0
        assert_all_finite(losses, leaves)


class TestMixedPrecision:
    """Head outputs in half precision, as under autocast; the bins' logits reach the extremes."""

    def losses(
        self, targets: Targets, leaves: tuple[list[Tensor], list[Tensor]], priors: Priors, guarantee: bool
    ) -> dict[str, Tensor]:
        dtype = leaves[0][0].dtype
        with torch.autocast("cpu", dtype):
            return build(guarantee=guarantee)(Predictions(tuple(leaves[0]), tuple(leaves[1])), priors, targets)

    def sides(self, leaves: tuple[list[Tensor], list[Tensor]], distance: int) -> None:
        """Makes every prediction sure that each side is so many strides away."""
        with torch.no_grad():
            for codes in leaves[1]:
                codes.zero_()[:, :, distance::BINS] = 100.0

    @pytest.mark.parametrize("guarantee", [False, True])
    @pytest.mark.parametrize("dtype", HALF)
    def test_perfect_matches(self, dtype: torch.dtype, guarantee: bool) -> None:
        priors = PointGrid()(CANVAS)
        leaves = leaves_for(priors, dtype=dtype)
        self.sides(leaves, 1)
        boxes = torch.tensor([[4.0, 4.0, 20.0, 20.0], [28.0, 20.0, 44.0, 36.0], [32.0, 0.0, 96.0, 64.0]])
        losses = self.losses(Targets.from_lists([boxes, boxes], [torch.arange(3)] * 2), leaves, priors, guarantee)
        assignment = build(guarantee=guarantee).assign(
            Predictions(tuple(leaves[0]), tuple(leaves[1])),
            priors,
            Targets.from_lists([boxes] * 2, [torch.arange(3)] * 2),
        )
        assert assignment.quality.max() > 0.99
        assert_all_finite(losses, leaves)

    @pytest.mark.parametrize("guarantee", [False, True])
    @pytest.mark.parametrize("dtype", HALF)
    def test_predictions_without_extent(self, dtype: torch.dtype, guarantee: bool) -> None:
        priors = PointGrid()(CANVAS)
        leaves = leaves_for(priors, dtype=dtype)
        self.sides(leaves, 0)
        assert_all_finite(self.losses(targets_for(5, 3), leaves, priors, guarantee), leaves)

    @pytest.mark.parametrize("guarantee", [False, True])
    @pytest.mark.parametrize("dtype", HALF)
    @pytest.mark.parametrize("side", [0.0, 1.0])
    def test_targets_of_one_pixel_and_of_none(self, dtype: torch.dtype, guarantee: bool, side: float) -> None:
        priors = PointGrid()(CANVAS)
        leaves = leaves_for(priors, dtype=dtype)
        corner = torch.tensor([[12.0, 12.0], [12.5, 4.0], [30.0, 30.0]])
        boxes = torch.cat((corner, corner + side), dim=1)
        targets = Targets.from_lists([boxes, boxes[:1]], [torch.arange(3), torch.arange(1)])
        assert_all_finite(self.losses(targets, leaves, priors, guarantee), leaves)
        assert_all_finite(self.losses(targets, leaves, priors, guarantee), leaves)
        self.sides(leaves, 0)
        assert_all_finite(self.losses(targets, leaves, priors, guarantee), leaves)

    @pytest.mark.parametrize("dtype", HALF)
    def test_extreme_logits(self, dtype: torch.dtype) -> None:
        priors = PointGrid()(CANVAS)
        for value in (-3e4, 3e4):
            leaves = leaves_for(priors, dtype=dtype)
            with torch.no_grad():
                for logits in leaves[0]:
                    logits.fill_(value)
            assert_all_finite(self.losses(targets_for(5, 3), leaves, priors, guarantee=True), leaves)

    @pytest.mark.parametrize("dtype", HALF)
    def test_autocast_changes_no_number(self, dtype: torch.dtype) -> None:
        priors = PointGrid()(CANVAS)
        leaves = leaves_for(priors)
        predictions, targets = Predictions(tuple(leaves[0]), tuple(leaves[1])), targets_for(5, 3)
        plain = build()(predictions, priors, targets)
        with torch.autocast("cpu", dtype):
            under = build()(predictions, priors, targets)
        assert {loss.dtype for loss in under.values()} == {torch.float32}
        assert numbers(under) == numbers(plain)

    @pytest.mark.parametrize("dtype", HALF)
    def test_assigner_and_terms_run_outside_autocast(self, dtype: torch.dtype) -> None:
        """A matrix product would be cast there."""
        seen: list[torch.dtype] = []

        class Term:
            name = "product"

            def __call__(self, matches: Matches) -> Tensor:
                seen.append((matches.prior_boxes @ matches.prior_boxes.T).dtype)
                return matches.box_codes.sum()

        priors = PointGrid()(CANVAS)
        leaves = leaves_for(priors)
        with torch.autocast("cpu", dtype):
            criterion = replace(build(), terms=(Term(),))
            criterion(Predictions(tuple(leaves[0]), tuple(leaves[1])), priors, targets_for(4, 3))
        assert seen == [torch.float32]


class TestIgnoredTargets:
    def test_they_spare_the_class_loss_inside_their_region_and_nothing_else(self) -> None:
        priors = PointGrid((8,))((32, 32))
        leaves = leaves_for(priors, batch=1)
        predictions = Predictions(tuple(leaves[0]), tuple(leaves[1]))
        region = torch.tensor([[0.0, 0.0, 16.0, 16.0]])  # the cells of rows and columns 0 and 1
        none = Targets.from_lists([region[:0]], [torch.zeros(0)])
        ignored = Targets.from_lists([region], [torch.zeros(1)], [torch.ones(1)])
        before, after = build()(predictions, priors, none), build()(predictions, priors, ignored)
        spared = softplus(leaves[0][0][0, 0, :, :2, :2]).sum() * 0.5
        torch.testing.assert_close(after["class"], before["class"] - spared)
        total_of(after).backward()
        gradient = leaves[0][0].grad
        assert gradient is not None
        zero = (gradient == 0)[0, 0].all(dim=0)
        assert zero.nonzero().tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]

    def test_they_change_neither_box_nor_distribution_loss(self) -> None:
        priors = PointGrid()(CANVAS)
        leaves = leaves_for(priors)
        predictions, targets = Predictions(tuple(leaves[0]), tuple(leaves[1])), targets_for(4, 3)
        extra = Targets(
            torch.cat((targets.boxes, targets.boxes.new_tensor([[0.0, 0.0, 96.0, 64.0]]))),
            torch.cat((targets.labels, targets.labels[:1])),
            torch.cat((targets.image, targets.image.new_tensor([1]))),
            torch.cat((targets.ignore, torch.ones(1, dtype=torch.bool))),
            2,
        )
        before = numbers(build()(predictions, priors, targets))
        after = numbers(build()(predictions, priors, extra))
        assert after["box"] == pytest.approx(before["box"])
        assert after["dfl"] == pytest.approx(before["dfl"])
        assert after["class"] < before["class"]


class TestMemory:
    """Class logits are the largest thing in sight: 80 classes, 64 box logits."""

    @staticmethod
    def record(
        dtype: torch.dtype, copies: int = 1
    ) -> tuple[RecordedTensors, RecordedTensors, RecordedTensors, list[Tensor]]:
        priors = PointGrid()((128, 128))
        classes, codes = leaves_for(priors, batch=2, classes=80, dtype=dtype)
        blocks = [
            [leaf.detach().repeat(copies, 1, 1, 1, 1).requires_grad_() for leaf in group] for group in (classes, codes)
        ]
        predictions = Predictions(tuple(blocks[0]), tuple(blocks[1]))
        pair = targets_for(4, 3)
        targets = Targets.from_lists(
            [pair.boxes[:4], pair.boxes[4:]] * copies, [pair.labels[:4], pair.labels[4:]] * copies
        )
        criterion = build()
        with RecordedTensors() as assigning:
            criterion.assign(predictions, priors, targets)
        with RecordedTensors() as forward:
            total = total_of(criterion(predictions, priors, targets))
        with RecordedTensors() as backward:
            total.backward()
        return assigning, forward, backward, blocks[0]

    @pytest.mark.usefixtures("sparse_kernels")
    @pytest.mark.parametrize(("dtype", "in_forward", "in_backward"), [(torch.float32, 1, 1), (torch.bfloat16, 2, 3)])
    def test_class_logits_are_copied_for_softplus_and_gradient_only(
        self, dtype: torch.dtype, in_forward: int, in_backward: int
    ) -> None:
        """Half logits are widened once each way, and their gradient, in one piece for all levels, is narrowed."""
        assigning, forward, backward, logits = self.record(dtype)
        all_levels = sum(leaf.numel() for leaf in logits)
        finest = logits[0].numel()
        of_boxes = (all_levels * 64 // 80,)  # the gradient of the box codes, all levels in one
        assert not assigning.at_least(finest // 4), assigning.at_least(finest // 4)
        of_classes = [made for made in backward.created if made.shape == (all_levels,)]
        assert len(of_classes) == (1 if dtype == torch.float32 else 2), of_classes
        assert not forward.at_least(all_levels)
        assert backward.at_least(all_levels) == of_classes
        for record, limit in ((forward, in_forward), (backward, in_backward)):
            large = [made for made in record.at_least(finest) if made.shape != of_boxes]
            assert len(large) <= limit, large
            for leaf in logits:
                alike = [tensor for tensor in record.created if tensor.shape == tuple(leaf.shape)]
                assert len(alike) <= limit, alike

    def test_number_of_tensors_made_does_not_follow_the_batch(self) -> None:
        for _ in range(2):  # what is kept with the priors, or for a shape, is made the first time
            few, many = self.record(torch.float32, copies=2), self.record(torch.float32, copies=16)
        for one, other in zip(few[:3], many[:3], strict=True):
            assert len(one.created) == len(other.created)


def test_the_sampler_decides_what_counts() -> None:
    class IgnoreEverything:
        def __call__(self, assignment: Assignment, prior_values: PriorValues | None = None) -> Assignment:
            del prior_values
            return replace(Assignment.empty(2, len(priors)), ignored=torch.ones(2, len(priors), dtype=torch.bool))

    priors = PointGrid()(CANVAS)
    leaves = leaves_for(priors)
    criterion = replace(build(), sampler=IgnoreEverything())
    losses = criterion(Predictions(tuple(leaves[0]), tuple(leaves[1])), priors, targets_for(4, 3))
    assert numbers(losses) == {"box": 0, "class": 0, "dfl": 0}


def test_keeps_nothing_between_calls() -> None:
    priors = PointGrid()(CANVAS)
    leaves = leaves_for(priors)
    predictions, criterion = Predictions(tuple(leaves[0]), tuple(leaves[1])), build()
    first = criterion(predictions, priors, targets_for(4, 3))
    criterion(predictions, priors, targets_for(0, 1))
    again = criterion(predictions, priors, targets_for(4, 3))
    assert numbers(first) == numbers(again)


class TestBorder:
    priors = PointGrid()(CANVAS)

    def predictions(self) -> Predictions:
        leaves = leaves_for(self.priors)
        return Predictions(tuple(leaves[0]), tuple(leaves[1]))

    def test_label_out_of_range_is_an_error_with_the_cure(self) -> None:
        targets = Targets.from_lists([torch.tensor([[0.0, 0.0, 9.0, 9.0]])] * 2, [torch.tensor([0]), torch.tensor([3])])
        with pytest.raises(ShapeError, match=r"label 3, the network has 3 classes \(0 to 2\)\. Set num_classes"):
            build()(self.predictions(), self.priors, targets)

    def test_priors_of_another_canvas_are_an_error_with_the_cure(self) -> None:
        with pytest.raises(ShapeError, match=r"have 126 priors, the canvas \(64, 64\) has 84\. Build the priors"):
            build()(self.predictions(), PointGrid()((64, 64)), targets_for(1, 1))

    def test_targets_of_another_batch_are_an_error_with_the_cure(self) -> None:
        with pytest.raises(ShapeError, match=r"The predictions are of 2 images, the targets of 3\. Build Targets"):
            build()(self.predictions(), self.priors, targets_for(1, 1, 1))


def test_what_is_assigned_serves_a_backward_pass() -> None:
    """The assigner runs in inference mode; what it made there could not be kept for a gradient."""
    priors = PointGrid()(CANVAS)
    leaves = leaves_for(priors)
    predictions, criterion = Predictions(tuple(leaves[0]), tuple(leaves[1])), build()
    for found in (
        criterion.assign(predictions, priors, targets_for(4, 3)),
        criterion.run(predictions, priors, targets_for(4, 3)).assignment,
    ):
        assert len(found)
        assert not any(column.is_inference() for column in (found.image, found.prior, found.target, found.quality))
