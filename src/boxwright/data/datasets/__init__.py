"""Readers of annotation formats."""

from boxwright.data.datasets.coco import CocoDataset

__all__ = ["CocoDataset"]
