"""Cropping masks to boxes and assembling them from prototypes, against recorded numbers."""

import pytest
import torch
from torch import Tensor

from boxwright.coders import decode_masks
from boxwright.geometry.letterbox import fit_letterbox
from boxwright.geometry.masks import pixel_windows
from boxwright.structures import ImageOrigin
from tests.parity.golden_cases import load


@pytest.fixture(scope="module")
def recorded() -> dict[str, Tensor]:
    return load("geometry", "g14_masks")[0]


def image_size(recorded: dict[str, Tensor]) -> tuple[int, int]:
    return recorded["mask_native"].shape[1], recorded["mask_native"].shape[2]


def cropped(masks: Tensor, boxes: Tensor) -> Tensor:
    result = torch.zeros_like(masks)
    windows = pixel_windows(boxes, (masks.shape[1], masks.shape[2])).tolist()
    for out, mask, (left, top, right, bottom) in zip(result, masks, windows, strict=True):
        out[top:bottom, left:right] = mask[top:bottom, left:right]
    return result


def test_cropping_to_boxes(recorded: dict[str, Tensor]) -> None:
    assert torch.equal(cropped(recorded["crop_masks"], recorded["crop_boxes"]), recorded["crop_result"])


def test_masks_at_the_size_of_the_prototypes(recorded: dict[str, Tensor]) -> None:
    proto = recorded["proto"]
    logits = torch.einsum("nk,khw->nhw", recorded["coeffs"], proto)
    size = image_size(recorded)
    ratio = torch.tensor([proto.shape[2] / size[1], proto.shape[1] / size[0]]).repeat(2)
    found = cropped(logits, recorded["det_boxes"] * ratio) > 0
    assert torch.equal(found, recorded["mask_proto_size"].bool())


@pytest.mark.parametrize("has_letterbox", [True, False])
def test_masks_at_the_size_of_the_image(recorded: dict[str, Tensor], has_letterbox: bool) -> None:
    size = image_size(recorded)
    letterbox = fit_letterbox(size, size) if has_letterbox else None
    origin = ImageOrigin(0, None, size, letterbox)
    masks = decode_masks(recorded["coeffs"], recorded["proto"], recorded["det_boxes"], origin, size)
    sure = recorded["mask_margin_ok"]
    assert torch.equal(masks.to_boolean()[sure], recorded["mask_native"].bool()[sure])
