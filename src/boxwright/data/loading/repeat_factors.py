"""How often images come in an epoch, so that rare categories are seen."""

import numpy as np
import numpy.typing as npt

from boxwright.data.dataset import Dataset

Factors = npt.NDArray[np.float64]


def repeat_factors(dataset: Dataset, threshold: float) -> Factors:
    """Gives how often each image comes in an epoch on average, at least once.

    With f the share of the images that show a category, its factor is max(1, √(t / f)); that of an image is the largest
    of its categories, 1 without objects. Ignored regions do not count.

    Source: Gupta et al., "LVIS: A Dataset for Large Vocabulary Instance Segmentation", 2019, section 4.2, where t is
    0.001.

    Args:
        dataset: To train on.
        threshold: The share t of images beneath which a category is rare; 0 repeats nothing.
    """
    if not threshold or not len(dataset):
        return np.ones(len(dataset))
    shown = []
    for position in range(len(dataset)):
        truth = dataset.truth(position)
        shown.append(np.unique(truth.labels[~truth.ignore].numpy()))
    images = np.bincount(np.concatenate([*shown, np.zeros(0, np.int64)]), minlength=1)
    of_category = np.maximum(1.0, np.sqrt(threshold * len(dataset) / np.maximum(images, 1)))
    return np.array([of_category[labels].max(initial=1.0) for labels in shown])


def draws_per_epoch(factors: Factors) -> int:
    """Gives how many pictures an epoch has: the sum of the factors, rounded.

    Args:
        factors: Of the images.
    """
    return round(float(factors.sum()))


def drawn_counts(factors: Factors, start: float) -> npt.NDArray[np.int64]:
    """Gives how often each image comes in one epoch: its factor rounded down or up, so that the mean over epochs is it.

    Systematic sampling: the factors lie one after the other on a line, and every whole number beyond a random start is
    a draw of the image that it falls on. The number of draws is always the same.

    Args:
        factors: Of the images.
        start: Random, 0 to below 1.
    """
    total = draws_per_epoch(factors)
    ends = np.cumsum(factors)
    ends *= total / ends[-1]
    ends[-1] = total  # whatever was lost in the last digit
    passed = np.floor(ends + start).astype(np.int64)
    passed[1:] -= passed[:-1].copy()
    return passed
