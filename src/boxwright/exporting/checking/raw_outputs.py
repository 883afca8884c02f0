"""The raw outputs of an exported file beside those of torch, so that a difference can be placed."""

from dataclasses import dataclass

import torch

from boxwright.exporting.checking.comparison import LEAST_SCORE
from boxwright.exporting.graph import DetectionGraph
from boxwright.inference.program_network import ProgramNetwork
from boxwright.structures import Batch
from boxwright.systems import System


@dataclass(frozen=True, slots=True)
class RawDifference:
    """Largest differences of raw outputs.

    Args:
        scores: Of all scores: what the network makes.
        boxes: Of boxes with a score above `LEAST_SCORE`, in canvas pixels: what decoding makes of it.
    """

    scores: float
    boxes: float


def raw_difference(system: System, network: ProgramNetwork, batch: Batch) -> RawDifference:
    """Runs torch and an exported file on the same bytes, and compares everything that they give.

    Args:
        system: With the weights.
        network: Of the exported file, one that removes no boxes.
        batch: Images on the canvas.
    """
    height, width = batch.images.shape[2:]
    graph = DetectionGraph(system, (height, width), takes_bytes=True).eval().to(memory_format=torch.channels_last)
    with torch.no_grad():  # in the memory format of `Runner`, whose last digits are then these
        boxes, scores, *_ = graph(batch.images.contiguous(memory_format=torch.channels_last))
    other_boxes, other_scores, *_ = network.outputs(batch.images, None)
    counts = scores.amax(dim=2) > LEAST_SCORE
    far = (boxes - other_boxes).abs()[counts]
    return RawDifference(float((scores - other_scores).abs().max()), float(far.max()) if far.numel() else 0.0)
