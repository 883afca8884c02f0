"""The whole YOLOv5 criterion against recorded numbers: pairs, losses, gradients, and the weights of the levels."""

from collections import Counter
from typing import Any

import pytest
import torch
from torch import Tensor

from boxwright.assigners import ShapeRatioAssigner
from boxwright.coders import SigmoidOffsetCoder
from boxwright.criterion import Criterion, YOLOv5Gains, yolov5_criterion
from boxwright.structures import Priors
from tests.parity.golden_cases import case_names, load, yolov5_inputs

CASES = case_names("yolov5", "v")
# Objects whose centre lies exactly on the border of two cells: published code counts some of their pairs repeatedly.
EXACT = {"v06_unmatched_extremes", "v14_exact_centres"}
TERMS = {"box": "loss_box", "objectness": "loss_obj", "class": "loss_cls"}
each = pytest.mark.parametrize("name", CASES)

Row = tuple[int, ...]


def build(config: dict[str, Any], **options: Any) -> Criterion:
    """Makes the same choices as the recorded code, where ours are others."""
    published = {"repeats": True, "duplicates": "largest" if config["sort_obj_iou"] else "last"}
    return yolov5_criterion(
        config["num_classes"],
        strides=tuple(config["strides"]),
        gains=YOLOv5Gains(config["box"], config["cls"], config["obj"]),
        label_smoothing=config["label_smoothing"],
        focal_gamma=config["fl_gamma"],
        class_positive_weight=config["cls_pw"],
        objectness_positive_weight=config["obj_pw"],
        autobalance=config["autobalance"],
        anchor_threshold=config["anchor_t"],
        **(published | options),
    )


def recorded_rows(arrays: dict[str, Tensor], priors: Priors) -> list[tuple[Row, Tensor]]:
    """Gives (image, prior, label) and the target box in strides from the cell's corner of every row, in its order."""
    rows = []
    for level, grid in enumerate(priors.grids):
        columns = [arrays[f"{key}_l{level}"].tolist() for key in ("image", "anchor", "row", "col", "class")]
        for box, image, anchor, line, column, label in zip(arrays[f"box_l{level}"], *columns, strict=True):
            prior = grid.start + (line * grid.width + column) * grid.priors_per_cell + anchor
            rows.append(((image, prior, label), box))
    return rows


def found_rows(
    assigner: ShapeRatioAssigner, arrays: dict[str, Tensor], config: dict[str, Any]
) -> list[tuple[Row, Tensor]]:
    _, priors, targets, _ = yolov5_inputs(arrays, config)
    found = assigner(priors, targets)
    prior, stride = priors.rows(found.prior), priors.stride[found.prior].unsqueeze(1)
    boxes = targets.boxes[found.target]
    centre = ((boxes[:, :2] + boxes[:, 2:]) / 2 - prior[:, :2]) / stride + 0.5
    relative = torch.cat((centre, (boxes[:, 2:] - boxes[:, :2]) / stride), dim=1)
    keys = zip(found.image.tolist(), found.prior.tolist(), targets.labels[found.target].tolist(), strict=True)
    return list(zip(keys, relative, strict=True))


@each
def test_pairs_equal_the_recorded_ones_as_a_set(name: str) -> None:
    arrays, config = load("yolov5", name)
    _, priors, _, _ = yolov5_inputs(arrays, config)
    found = {key for key, _ in found_rows(ShapeRatioAssigner(config["anchor_t"]), arrays, config)}
    assert found == {key for key, _ in recorded_rows(arrays, priors)}


@each
def test_repeated_pairs_equal_the_recorded_rows_in_their_order(name: str) -> None:
    arrays, config = load("yolov5", name)
    _, priors, _, _ = yolov5_inputs(arrays, config)
    found = found_rows(ShapeRatioAssigner(config["anchor_t"], repeats=True), arrays, config)
    recorded = recorded_rows(arrays, priors)
    assert [key for key, _ in found] == [key for key, _ in recorded]
    for (_, ours), (_, theirs) in zip(found, recorded, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


@each
def test_pairs_are_repeated_only_where_a_centre_lies_on_a_border_of_cells(name: str) -> None:
    arrays, config = load("yolov5", name)
    _, priors, targets, _ = yolov5_inputs(arrays, config)
    counts = [
        Counter(zip(found.image.tolist(), found.prior.tolist(), found.target.tolist(), strict=True))
        for found in (ShapeRatioAssigner(repeats=repeats)(priors, targets) for repeats in (False, True))
    ]
    assert counts[0].keys() == counts[1].keys()
    assert set(counts[0].values()) <= {1}
    assert (max(counts[1].values(), default=1) > 1) == (name in EXACT)


@each
def test_losses_and_gradients_equal_the_recorded_ones(name: str) -> None:
    arrays, config = load("yolov5", name)
    predictions, priors, targets, leaves = yolov5_inputs(arrays, config)
    losses = build(config)(predictions, priors, targets)
    assert ("class" in losses) == (config["num_classes"] > 1)
    for ours, theirs in TERMS.items():
        found = losses[ours].detach() if ours in losses else torch.zeros(())
        torch.testing.assert_close(found, arrays[theirs] * config["batch"], rtol=1e-5, atol=1e-7)
    total = torch.stack(list(losses.values())).sum()
    torch.testing.assert_close(total.detach(), arrays["loss_total"], rtol=1e-5, atol=1e-7)
    total.backward()
    for level, leaf in enumerate(leaves):
        recorded = arrays[f"grad_l{level}"]
        tolerance = 1e-5 * float(recorded.abs().max()) + 1e-8
        torch.testing.assert_close(leaf.grad, recorded, rtol=0, atol=tolerance)


@each
def test_losses_in_float64_equal_the_recorded_ones_closely(name: str) -> None:
    arrays, config = load("yolov5", name)
    predictions, priors, targets, _ = yolov5_inputs(arrays, config, torch.float64)
    losses = build(config)(predictions, priors, targets)
    for ours, theirs in TERMS.items():
        found = losses[ours].detach() if ours in losses else torch.zeros((), dtype=torch.float64)
        torch.testing.assert_close(found, arrays[f"{theirs}_f64"] * config["batch"], rtol=1e-6, atol=1e-9)


@each
def test_our_own_choices_change_nothing_without_duplicates_and_exact_centres(name: str) -> None:
    arrays, config = load("yolov5", name)
    predictions, priors, targets, _ = yolov5_inputs(arrays, config)
    losses = build(config, repeats=False, duplicates="largest")(predictions, priors, targets)
    has_conflict = any(bool(arrays[f"obj_conflict_l{level}"].any()) for level in range(3))
    for ours, theirs in TERMS.items():
        if ours in losses and name not in EXACT and not (ours == "objectness" and has_conflict):
            recorded = arrays[theirs] * config["batch"]
            torch.testing.assert_close(losses[ours].detach(), recorded, rtol=1e-5, atol=1e-7)


@each
@pytest.mark.parametrize("duplicates", ["largest", "last"])
def test_objectness_labels_equal_the_recorded_ones(name: str, duplicates: str) -> None:
    arrays, config = load("yolov5", name)
    predictions, priors, targets, _ = yolov5_inputs(arrays, config)
    criterion = build(config, duplicates=duplicates)
    seen: list[tuple[Tensor, ...]] = []
    term = next(term for term in criterion.terms if term.name == "objectness")
    ours = type(term)(SigmoidOffsetCoder().decode, loss=lambda *inputs: watch(seen, *inputs), duplicates=duplicates)
    type(criterion)(criterion.assigner, criterion.decode, (ours,))(predictions, priors, targets)
    image, prior, _, quality = seen[0]
    labels = torch.zeros(config["batch"], len(priors))
    labels[image, prior] = quality
    recorded, conflict = (
        torch.cat([arrays[f"{key}_l{level}"].permute(0, 2, 3, 1).flatten(1) for level in range(3)], dim=1)
        for key in ("obj_target", "obj_conflict")
    )
    as_written = duplicates == ("largest" if config["sort_obj_iou"] else "last")
    compare = torch.ones_like(conflict) if as_written else ~conflict
    torch.testing.assert_close(labels[compare], recorded[compare], rtol=1e-4, atol=1e-5)
    if duplicates == "largest":
        assert (labels >= recorded - 1e-5).all()


def watch(seen: list[tuple[Tensor, ...]], blocks: tuple[Tensor, ...], *inputs: Tensor) -> Tensor:
    seen.append(inputs)
    return torch.cat([block.permute(0, 3, 4, 1, 2).flatten(1) for block in blocks], dim=1)


def test_successive_autobalance_calls_equal_the_recorded_ones() -> None:
    arrays, config = load("yolov5", "v10_autobalance")
    criterion = build(config)
    for call in range(config["calls"]):
        predictions, priors, targets, _ = yolov5_inputs(arrays, config, shift=0.25 * call)
        losses = criterion(predictions, priors, targets)
        recorded = arrays[f"call{call}.loss_items"] * config["batch"]
        found = torch.stack([losses[key].detach() for key in TERMS])
        torch.testing.assert_close(found, recorded, rtol=1e-5, atol=1e-7)
        torch.testing.assert_close(found.sum(), arrays[f"call{call}.loss_total"], rtol=1e-5, atol=1e-7)
        criterion.after_step()
        weights = criterion.state_dict()["objectness"]["weights"]
        torch.testing.assert_close(weights, arrays[f"call{call}.balance_after"], rtol=1e-9, atol=0)
