"""A measured model to write and draw."""

from dataclasses import replace
from typing import Any

from boxwright.benchmarking.measured_model import MeasuredModel

_ROW = MeasuredModel(
    model="runs/train",
    format="boxwright",
    system="yolov8n",
    canvas=(64, 96),
    batch_size=2,
    device="cpu",
    threads=1,
    images=3,
    ap=0.25,
    ap50=0.5,
    mask_ap=None,
    milliseconds=12.5,
    preparation=2.0,
    network=10.0,
    postprocessing=0.5,
    peak_memory=300_000_000,
    size=6_200_000,
)


def row(**changes: Any) -> MeasuredModel:
    return replace(_ROW, **changes)
