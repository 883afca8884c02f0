"""The mathematics of RetinaNet on a GPU: the same pairs as on the CPU, and the recorded numbers."""

import pytest
import torch

from boxwright.assigners import MaxIouAssigner
from boxwright.criterion import retinanet_assigner, retinanet_criterion
from boxwright.structures import Predictions
from tests.parity.golden_cases import case_names, load
from tests.parity.retinanet_cases import mmdetection_case, torchvision_case

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]
PLAIN = ("m01_plain", "m03_empty_image", "m04_all_empty", "m08_duplicates", "m09_exact_ties", "m13_shared_best_anchor")


@pytest.mark.parametrize("name", case_names("retinanet_mmdet", "m"))
@pytest.mark.parametrize("forced", ["best", "last", "restore"])
def test_assignment_equals_that_of_the_cpu(name: str, forced: str) -> None:
    case = mmdetection_case(*load("retinanet_mmdet", name))
    assigner = MaxIouAssigner(forced=forced, allowed_border=40.0)
    here = assigner(case.priors, case.targets)
    there = assigner(case.priors.to("cuda"), case.targets.to("cuda")).to("cpu")
    for column in ("image", "prior", "target", "quality", "ignored"):
        assert torch.equal(getattr(there, column), getattr(here, column)), column


@pytest.mark.parametrize("name", [*PLAIN, *case_names("retinanet_torchvision", "t0")])
def test_losses_and_gradients_equal_the_recorded_ones(name: str) -> None:
    is_mmdetection = name.startswith("m")
    arrays, config = load("retinanet_mmdet" if is_mmdetection else "retinanet_torchvision", name)
    case = mmdetection_case(arrays, config) if is_mmdetection else torchvision_case(arrays, config)
    dialect = "mmdetection" if is_mmdetection else "torchvision"
    kind = config["bbox_loss" if is_mmdetection else "box_loss"]
    criterion = retinanet_criterion(dialect=dialect, box_loss=kind, beta=1.0)
    assert criterion.assigner == retinanet_assigner(dialect)
    moved = Predictions(
        tuple(block.cuda() for block in case.predictions.class_logits),
        tuple(block.cuda() for block in case.predictions.box_codes),
    )
    total = torch.stack(list(criterion(moved, case.priors.to("cuda"), case.targets.to("cuda")).values())).sum()
    total.backward()
    torch.testing.assert_close(total.detach().cpu(), arrays["loss_total"], rtol=1e-4, atol=1e-6)
    names = {"cls_logits": "grad_logits", "box_deltas": "grad_deltas"}
    for key, leaf in case.leaves.items():
        recorded = arrays[names.get(key, f"grad_{key}")]
        torch.testing.assert_close(leaf.grad, recorded, rtol=0, atol=2e-5 * float(recorded.abs().max()) + 1e-8)
