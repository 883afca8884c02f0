"""Which prediction answers for which object, as a sparse list of pairs."""

from dataclasses import dataclass, field

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.errors import ShapeError
from boxwright.over_processes import shared_divisor
from boxwright.structures.priors import Priors
from boxwright.structures.targets import Targets

_COLUMNS = ("image", "prior", "target", "quality", "weight")


@dataclass(frozen=True, slots=True)
class Assignment:
    """One row per positive, and which priors count neither as positive nor as background.

    It knows how large the batch is, also where there is no pair and nothing is ignored. `of_pairs` builds one from
    priors and targets.

    Args:
        image: Position of the image in the batch.
        prior: Index into the priors.
        target: Row of the targets (of the whole batch).
        quality: How well the pair fits, 0 to 1; the soft label of systems that use one, else 1.
        weight: What the pair counts in losses of boxes and masks; the quality in YOLOv8, else 1.
        ignored: Priors that count neither as positive nor as background; all False if there are none.

    Raises:
        ShapeError: Columns differ in length.
    """

    image: Int64[Tensor, "pairs"]
    prior: Int64[Tensor, "pairs"]
    target: Int64[Tensor, "pairs"]
    quality: Float[Tensor, "pairs"]
    weight: Float[Tensor, "pairs"]
    ignored: Bool[Tensor, "batch priors"]
    _quality_sums: dict[float, Tensor] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Checks that the columns belong together."""
        columns = (self.image, self.prior, self.target, self.quality, self.weight)
        lengths = [column.shape[0] for column in columns]
        if len(set(lengths)) > 1 or self.ignored.dim() != 2:
            raise ShapeError(
                f"An assignment needs columns of one length and a mask `batch priors`; {', '.join(_COLUMNS)} have "
                f"{lengths}, ignored has the shape {tuple(self.ignored.shape)}. Give every pair one row in each."
            )

    def __len__(self) -> int:
        """Number of pairs."""
        return self.image.shape[0]

    @property
    def num_images(self) -> int:
        """Images of the batch, those without pairs too."""
        return self.ignored.shape[0]

    @property
    def num_priors(self) -> int:
        """Priors of the canvas."""
        return self.ignored.shape[1]

    def summed_quality(self, floor: float) -> Float[Tensor, ""]:
        """Gives max(Σ quality, floor), which several losses of a step are divided by; it is computed once.

        In a distributed training it is a share of that of all processes.

        Args:
            floor: The least result.
        """
        if floor not in self._quality_sums:
            self._quality_sums[floor] = shared_divisor(self.quality.sum(), floor)
        return self._quality_sums[floor]

    @classmethod
    def of_pairs(
        cls,
        priors: Priors,
        targets: Targets,
        *,
        prior: Int64[Tensor, "pairs"],
        target: Int64[Tensor, "pairs"],
        quality: Float[Tensor, "pairs"] | None = None,
        weight: Float[Tensor, "pairs"] | None = None,
        ignored: Bool[Tensor, "batch priors"] | None = None,
    ) -> "Assignment":
        """Builds an assignment of priors to targets; the images are those of the targets.

        Args:
            priors: The priors of the canvas.
            targets: The objects of the batch.
            prior: Index into the priors.
            target: Row of the targets.
            quality: 1 if left out.
            weight: 1 if left out.
            ignored: None if left out.
        """
        if quality is None or weight is None:
            ones = torch.ones(len(prior), device=prior.device)
            quality, weight = ones if quality is None else quality, ones if weight is None else weight
        if ignored is None:
            ignored = torch.zeros((targets.batch_size, len(priors)), dtype=torch.bool, device=prior.device)
        return cls(targets.image.index_select(0, target), prior, target, quality, weight, ignored)

    @classmethod
    def empty(cls, num_images: int, num_priors: int, device: torch.device | str = "cpu") -> "Assignment":
        """Builds the assignment without any pair, that ignores nothing.

        Args:
            num_images: Images of the batch.
            num_priors: Priors of the canvas.
            device: Where its tensors are.
        """
        index, ones = torch.zeros(0, dtype=torch.int64, device=device), torch.zeros(0, device=device)
        ignored = torch.zeros((num_images, num_priors), dtype=torch.bool, device=device)
        return cls(index, index, index, ones, ones, ignored)

    def to(self, device: torch.device | str) -> "Assignment":
        """Moves every tensor to a device."""
        return Assignment(**{name: getattr(self, name).to(device) for name in (*_COLUMNS, "ignored")})

    def take(self, rows: Int64[Tensor, "rows"] | Bool[Tensor, "pairs"], ignored: Tensor) -> "Assignment":
        """Keeps some pairs.

        Args:
            rows: Which, by a list or by a mask.
            ignored: What is then ignored.
        """
        return Assignment(**{name: getattr(self, name)[rows] for name in _COLUMNS}, ignored=ignored)
