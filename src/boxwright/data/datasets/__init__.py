"""Readers of annotation formats."""

from boxwright.data.datasets.coco import read_coco
from boxwright.data.datasets.table_dataset import Reading, TableDataset

__all__ = ["Reading", "TableDataset", "read_coco"]
