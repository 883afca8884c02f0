"""Data sets, transforms and loaders."""

from boxwright.data.augmentation import AugmentationSettings
from boxwright.data.collate import collate
from boxwright.data.dataset import Dataset
from boxwright.data.datasets import CocoDataset
from boxwright.data.images import read_image
from boxwright.data.loaders import Loader, evaluation_loader, training_loader
from boxwright.data.ram_cache import RamCache
from boxwright.data.sources import open_dataset, require_same_categories

__all__ = [
    "AugmentationSettings",
    "CocoDataset",
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
