"""State dictionaries of published networks, with numbers that are the same everywhere."""

import json
from pathlib import Path

import numpy as np
import torch
from tests.parity.golden.network import recipe
from torch import Tensor

GOLDEN = Path(recipe.__file__).parent
CASES = {
    "yolov8n": "yolov8n",
    "yolov8n_seg": "yolov8n-seg",
    "yolov5n": "yolov5n",
    "retinanet_resnet50_fpn": "retinanet_r50",
    "ssd300_vgg16": "ssd300",
}
"""Recorded network → system."""

GAINS = {case: 1.0 if case.startswith("yolo") else 0.73 for case in CASES}


def recorded_state(case: str) -> dict[str, Tensor]:
    """Builds the state dictionary of a recorded network, with the names that were published."""
    listed = json.loads((GOLDEN / f"{case}.tensors.json").read_text())
    state = recipe.build_state([row[:3] for row in listed["tensors"]], 1, listed["constants"], GAINS[case])
    return {name: torch.from_numpy(np.asarray(values)) for name, values in state.items()}
