"""Reads the recorded inputs and outputs of reference implementations."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from boxwright.coders import DistributionCoder
from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.prior_generators import DEFAULT_BOXES, AnchorGrid, DefaultBoxes, PointGrid, paired_sizes
from boxwright.structures import Predictions, Priors, Targets

GOLDEN = Path(__file__).parent / "golden"


def load(folder: str, name: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Gives the arrays of a case as tensors, and its configuration."""
    with np.load(GOLDEN / folder / f"{name}.npz", allow_pickle=False) as archive:
        arrays = {key: archive[key] for key in archive.files}
    config = json.loads(str(arrays.pop("config_json")))
    tensors = {key: torch.from_numpy(value) for key, value in arrays.items() if value.dtype.kind in "fiub"}
    return tensors, config


def case_names(folder: str, prefix: str) -> list[str]:
    names = sorted(path.stem for path in (GOLDEN / folder).glob(f"{prefix}*.npz"))
    assert names, f"no golden case {folder}/{prefix}*"
    return names


def yolov8_inputs(
    arrays: dict[str, Tensor], config: dict[str, Any], dtype: torch.dtype = torch.float32
) -> tuple[Predictions, Priors, Targets, tuple[Tensor, Tensor]]:
    """Builds predictions (with leaves that collect gradients), priors and targets of a YOLOv8 case."""
    height, width = config["image_hw"]
    priors = PointGrid(tuple(config["strides"]))((height, width))
    leaves = tuple(arrays[key].to(dtype).clone().requires_grad_() for key in ("cls_logits", "box_logits"))
    blocks = [
        tuple(
            leaf[:, :, grid.start : grid.stop].unflatten(2, (grid.height, grid.width)).unsqueeze(1)
            for grid in priors.grids
        )
        for leaf in leaves
    ]
    centre_size = arrays["gt_xywhn"] * torch.tensor([width, height, width, height])
    boxes = cxcywh_to_xyxy(centre_size)
    image = arrays["gt_image_index"].long()
    targets = Targets(
        boxes.to(dtype), arrays["gt_class"].long(), image, torch.zeros_like(image, dtype=torch.bool), config["batch"]
    )
    return Predictions(blocks[0], blocks[1]), priors, targets, (leaves[0], leaves[1])


def yolov8_coder(config: dict[str, Any]) -> DistributionCoder:
    return DistributionCoder(config["reg_max"])


def yolov5_inputs(
    arrays: dict[str, Tensor], config: dict[str, Any], dtype: torch.dtype = torch.float32, shift: float = 0.0
) -> tuple[Predictions, Priors, Targets, list[Tensor]]:
    """Builds predictions (with leaves that collect gradients, one per level), priors and targets of a YOLOv5 case."""
    height, width = config["image_hw"]
    levels = [torch.tensor(sizes).view(-1, 2).tolist() for sizes in config["anchors_px"]]
    anchors = tuple(tuple((float(w), float(h)) for w, h in sizes) for sizes in levels)
    priors = AnchorGrid(anchors, tuple(config["strides"]))((height, width))
    leaves = [(arrays[f"pred_l{level}"] + shift).to(dtype).requires_grad_() for level in range(len(anchors))]
    blocks = [leaf.permute(0, 1, 4, 2, 3) for leaf in leaves]
    predictions = Predictions(
        tuple(block[:, :, 5:] for block in blocks),
        tuple(block[:, :, :4] for block in blocks),
        {"objectness": tuple(block[:, :, 4:5] for block in blocks)},
    )
    rows = arrays["targets"]
    boxes = cxcywh_to_xyxy(rows[:, 2:].to(dtype) * torch.tensor([width, height, width, height]))
    image = rows[:, 0].long()
    flags = torch.zeros_like(image, dtype=torch.bool)
    return predictions, priors, Targets(boxes, rows[:, 1].long(), image, flags, config["batch"]), leaves


# The recorded "small set" of torchvision's default boxes, on 96 x 96: 850 of them.
SMALL_DEFAULT_BOXES = DefaultBoxes(
    paired_sizes((0.1, 0.25, 0.5, 0.8, 1.0), ((2.0,), (2.0, 3.0), (2.0, 3.0), (2.0,))), (8, 16, 32, 96)
)
_SSD_NAMES = {"ssd_tiny": ("scores", "locs"), "ssd_torchvision": ("cls_logits", "box_deltas")}


def ssd_priors(config: dict[str, Any]) -> Priors:
    """Builds the default boxes that an SSD case is about."""
    boxes = {224: DEFAULT_BOXES["ssd_tiny"], 300: DEFAULT_BOXES["ssd300"], 96: SMALL_DEFAULT_BOXES}
    height, width = config["image_hw"]
    return boxes[height]((height, width))


def ssd_inputs(
    folder: str, arrays: dict[str, Tensor], config: dict[str, Any], dtype: torch.dtype = torch.float32
) -> tuple[Predictions, Priors, Targets, tuple[Tensor, Tensor]]:
    """Builds predictions (with leaves that collect gradients), priors and targets of an SSD case."""
    priors = ssd_priors(config)
    logits, codes = (arrays[name].to(dtype).clone().requires_grad_() for name in _SSD_NAMES[folder])
    predictions = Predictions.from_dense(logits, codes, priors, has_background=True)
    height, width = config["image_hw"]
    scale = (width, height, width, height) if folder == "ssd_tiny" else (1, 1, 1, 1)
    boxes = arrays["gt_boxes"].to(dtype) * torch.tensor(scale)
    image = arrays["gt_image"].long()
    flags = torch.zeros_like(image, dtype=torch.bool)
    return predictions, priors, Targets(boxes, arrays["gt_labels"] - 1, image, flags, config["batch"]), (logits, codes)
