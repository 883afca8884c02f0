"""The images that an exported file is checked on."""

from pathlib import Path
from typing import Any

from boxwright.data import Dataset, open_dataset
from boxwright.data.loading.kept_images import KeptImages
from boxwright.errors import BoxwrightError
from boxwright.systems import ModelCard, System

SAMPLE = "sample:bccd"
MOST_IMAGES = 48
FEW_IMAGES = 4


def most_images(file: Path, precision: str) -> int:
    """Says how many images a check takes: few of a program of torch in float16, which is slow on a processor.

    Args:
        file: That is checked.
        precision: Of its network.
    """
    return FEW_IMAGES if (file.suffix, precision) == (".pt2", "16") else MOST_IMAGES


def check_images(data: str, system: System, card: ModelCard, most: int) -> tuple[Dataset, str]:
    """Opens the first validation images of a data set, with masks where there are some.

    Args:
        data: A data set; "auto" for that of the training if it is still there, else the sample in the package.
        system: Whether it segments.
        card: Says what the training used.
        most: How many images at most.

    Returns:
        The images, and what they are.

    Raises:
        DataError: The data set that was named cannot be read.
    """
    trained_on = card.config.get("data")
    if data != "auto":
        opening: list[tuple[str, Any]] = [(data, None)]
    elif isinstance(trained_on, str):
        opening = [(trained_on, card.config.get("val")), (SAMPLE, None)]
    else:
        opening = [(SAMPLE, None)]
    for name, share in opening:
        for masks in dict.fromkeys((system.mask_stride is not None, False)):
            try:
                whole = open_dataset(name, "val", masks=masks, on_bad="skip", val=share)
            except BoxwrightError:
                if (name, masks) == (opening[-1][0], False):
                    raise
                continue
            kept = range(min(len(whole), most))
            return KeptImages(whole, kept), f"{len(kept)} of the {len(whole)} validation images of {name}"
    raise AssertionError("the last opening raises or returns")
