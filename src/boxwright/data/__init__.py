"""Data sets, transforms and loaders."""

from boxwright.data.augmentation import AugmentationSettings
from boxwright.data.collate import collate
from boxwright.data.dataset import Dataset
from boxwright.data.datasets import Reading, TableDataset, read_coco
from boxwright.data.faults import Fault
from boxwright.data.images import read_image
from boxwright.data.loaders import Loader, evaluation_loader, training_loader
from boxwright.data.ram_cache import RamCache
from boxwright.data.reading_limits import ReadingLimits
from boxwright.data.sources import open_dataset, read_source, require_same_categories

__all__ = [
    "AugmentationSettings",
    "Fault",
    "Reading",
    "ReadingLimits",
    "TableDataset",
    "read_coco",
    "read_source",
    "Dataset",
    "Loader",
    "RamCache",
    "collate",
    "evaluation_loader",
    "open_dataset",
    "read_image",
    "require_same_categories",
    "training_loader",
]
