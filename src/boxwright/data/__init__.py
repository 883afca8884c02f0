"""Data sets, transforms and loaders."""

from boxwright.data.conversion import Conversion, convert
from boxwright.data.dataset import Dataset
from boxwright.data.faults import Fault
from boxwright.data.formats.coco.reader import read_coco
from boxwright.data.formats.table_dataset import Reading, TableDataset
from boxwright.data.images.reading import read_image
from boxwright.data.loading.collate import collate
from boxwright.data.loading.loaders import Loader, evaluation_loader, training_loader
from boxwright.data.loading.ram_cache import RamCache
from boxwright.data.reading_limits import ReadingLimits
from boxwright.data.sources import open_dataset, open_parts, read_source, require_same_categories
from boxwright.data.torch_dataset import TorchDataset, from_torch
from boxwright.settings.augmentation import AugmentationSettings

__all__ = [
    "AugmentationSettings",
    "Conversion",
    "Dataset",
    "Fault",
    "Loader",
    "RamCache",
    "Reading",
    "ReadingLimits",
    "TableDataset",
    "TorchDataset",
    "collate",
    "convert",
    "evaluation_loader",
    "from_torch",
    "open_dataset",
    "open_parts",
    "read_coco",
    "read_image",
    "read_source",
    "require_same_categories",
    "training_loader",
]
