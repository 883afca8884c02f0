"""The mathematics of YOLOv5 on a GPU: the same pairs as on the CPU, and the recorded numbers."""

import pytest
import torch

from boxwright.assigners import ShapeRatioAssigner
from boxwright.criterion import YOLOv5Gains, yolov5_criterion
from boxwright.structures import Predictions
from tests.parity.golden_cases import case_names, load, yolov5_inputs

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]
each = pytest.mark.parametrize("name", case_names("yolov5", "v"))


@each
@pytest.mark.parametrize("repeats", [False, True])
def test_assignment_equals_that_of_the_cpu(name: str, repeats: bool) -> None:
    arrays, config = load("yolov5", name)
    _, priors, targets, _ = yolov5_inputs(arrays, config)
    assigner = ShapeRatioAssigner(config["anchor_t"], repeats)
    here = assigner(priors, targets)
    there = assigner(priors.to("cuda"), targets.to("cuda")).to("cpu")
    for column in ("image", "prior", "target", "quality"):
        assert torch.equal(getattr(there, column), getattr(here, column)), column


@each
def test_losses_and_gradients_equal_the_recorded_ones(name: str) -> None:
    arrays, config = load("yolov5", name)
    predictions, priors, targets, leaves = yolov5_inputs(arrays, config)
    criterion = yolov5_criterion(
        config["num_classes"],
        gains=YOLOv5Gains(config["box"], config["cls"], config["obj"]),
        label_smoothing=config["label_smoothing"],
        focal_gamma=config["fl_gamma"],
        class_positive_weight=config["cls_pw"],
        objectness_positive_weight=config["obj_pw"],
        autobalance=config["autobalance"],
        duplicates="largest" if config["sort_obj_iou"] else "last",
        repeats=True,
    )
    columns = (predictions.class_logits, predictions.box_codes, predictions.further.get("objectness", ()))
    moved = Predictions(*(tuple(block.cuda() for block in column) for column in columns))
    losses = criterion(moved, priors.to("cuda"), targets.to("cuda"))
    criterion.after_step()
    total = torch.stack(list(losses.values())).sum()
    total.backward()
    torch.testing.assert_close(total.detach().cpu(), arrays["loss_total"], rtol=1e-4, atol=1e-6)
    for level, leaf in enumerate(leaves):
        recorded = arrays[f"grad_l{level}"]
        torch.testing.assert_close(leaf.grad, recorded, rtol=0, atol=2e-5 * float(recorded.abs().max()) + 1e-8)
