"""Which of the objects that are found are wanted: by class and by size."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.errors import unknown_name
from boxwright.settings.search import require_classes, require_sizes


@dataclass(frozen=True, slots=True)
class Wishes:
    """Says of boxes and labels which are wanted.

    The size of an object is the square root of the area of its box: the side of a square of that area, in pixels.

    Args:
        labels: Class indices; all are wanted if None.
        min_size: Smaller objects are not wanted.
        max_size: Larger ones neither; None for no limit.

    Raises:
        ConfigError: No object can have such a size.
    """

    labels: tuple[int, ...] | None = None
    min_size: int | float = 0
    max_size: int | float | None = None

    def __post_init__(self) -> None:
        """Checks the sizes."""
        require_sizes(self.min_size, self.max_size)

    @property
    def are_any(self) -> bool:
        """Whether there is an object that is not wanted."""
        return self.labels is not None or self.min_size > 0 or self.max_size is not None

    def __call__(
        self, boxes: Float[Tensor, "*objects 4"], labels: Int64[Tensor, "*objects"]
    ) -> Bool[Tensor, "*objects"]:
        """Marks what is wanted.

        Args:
            boxes: xyxy in original pixels.
            labels: Class indices.
        """
        wanted = torch.ones_like(labels, dtype=torch.bool)
        if self.labels is not None:
            wanted &= torch.isin(labels, torch.tensor(self.labels, dtype=torch.int64, device=labels.device))
        area = (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
        wanted &= area >= self.min_size**2
        return wanted if self.max_size is None else wanted & (area <= self.max_size**2)


def labels_of(classes: str | int | Sequence[str | int], categories: Sequence[str]) -> tuple[int, ...]:
    """Gives the class indices that names or indices stand for.

    Args:
        classes: One or several; what is the name of a category is that one, whatever number it is.
        categories: Class names by label.

    Raises:
        ConfigError: There is no such category, or none is named.
    """
    require_classes(classes)
    asked = [classes] if isinstance(classes, str | int) else list(classes)
    return tuple(_label(each, categories) for each in asked)


def _label(asked: str | int, categories: Sequence[str]) -> int:
    if asked in categories:
        return list(categories).index(str(asked))
    text = str(asked)
    if text.isdecimal() and not isinstance(asked, bool) and int(text) < len(categories):
        return int(text)
    raise unknown_name("category", text, categories)
