"""The masks of YOLOv8-seg on a GPU: the recorded losses and gradients, and the same pixels as on the CPU."""

from dataclasses import replace

import pytest
import torch

from boxwright.coders import decode_masks
from boxwright.criterion.matches import gather_matches
from boxwright.geometry.letterbox import fit_letterbox
from boxwright.structures import ImageOrigin, MaskPredictions, Predictions
from tests.parity.golden_cases import case_names, load
from tests.parity.test_yolov8_seg_criterion import RELEASES, inputs, mask_term, recorded_assignment

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", case_names("yolov8_segment", "s"))
def test_losses_and_gradients_equal_the_recorded_ones(name: str, release: str) -> None:
    arrays, config = load("yolov8_segment", name)
    predictions, priors, targets, leaves = inputs(arrays, config, torch.float32)
    assert predictions.masks is not None
    moved = Predictions(
        tuple(block.cuda() for block in predictions.class_logits),
        tuple(block.cuda() for block in predictions.box_codes),
        masks=MaskPredictions(
            tuple(block.cuda() for block in predictions.masks.coefficients), predictions.masks.prototypes.cuda()
        ),
    )
    assignment = recorded_assignment(arrays, release, targets).to("cuda")
    matches = gather_matches(moved, priors.to("cuda"), targets.to("cuda"), assignment)
    loss = mask_term(config, release)(matches) * config["batch"]
    torch.testing.assert_close(
        loss.detach().cpu(), arrays[f"{release}.loss_seg"] * config["batch"], rtol=1e-4, atol=1e-6
    )
    loss.backward()
    for key in ("grad_mask_coeffs", "grad_protos"):
        recorded = arrays[f"{release}.{key}"]
        tolerance = 2e-5 * float(recorded.abs().max()) + 1e-8
        torch.testing.assert_close(leaves[key].grad, recorded, rtol=0, atol=tolerance)


@pytest.mark.parametrize("encoding", ["instances", "index_map"])
def test_both_encodings_give_what_they_give_on_the_cpu(encoding: str) -> None:
    arrays, config = load("yolov8_segment", "s03_separate_masks")
    predictions, _, targets, _ = inputs(arrays, config, torch.float32)
    assert predictions.masks is not None
    loss = replace(mask_term(config, "current").loss, encoding=encoding)
    target = torch.arange(len(targets)).repeat(5)
    coefficients = torch.randn(len(target), config["num_protos"], generator=torch.Generator().manual_seed(0))
    prototypes = predictions.masks.prototypes.detach()
    here = loss(coefficients, prototypes, target, targets)
    there = loss(coefficients.cuda(), prototypes.cuda(), target.cuda(), targets.to("cuda"))
    torch.testing.assert_close(there.cpu(), here, rtol=1e-4, atol=1e-6)


def test_masks_of_detections_are_those_of_the_cpu() -> None:
    generator = torch.Generator().manual_seed(0)
    coefficients, prototypes = torch.randn(20, 8, generator=generator), torch.randn(8, 16, 24, generator=generator)
    boxes = torch.tensor([[3.0, 5, 180, 110]]).repeat(20, 1) + torch.arange(20).unsqueeze(1)
    origin = ImageOrigin(0, None, (128, 200), fit_letterbox((128, 200), (64, 96)))
    here = decode_masks(coefficients, prototypes, boxes, origin, (64, 96)).to_boolean()
    there = decode_masks(coefficients.cuda(), prototypes.cuda(), boxes.cuda(), origin, (64, 96))
    assert (there.to("cpu").to_boolean() != here).float().mean() < 1e-4  # a logit of about 0 may fall either way
