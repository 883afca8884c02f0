"""Which prediction answers for which object, as a sparse list of pairs."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Assignment:
    """One row per positive.

    Args:
        image: Position of the image in the batch.
        prior: Index into the priors.
        target: Row of the targets (of the whole batch).
        quality: How well the pair fits, 0 to 1; the soft label of systems that use one, else 1.
        ignored: Priors that count neither as positive nor as background, or None if there are none.
    """

    image: Int64[Tensor, "pairs"]
    prior: Int64[Tensor, "pairs"]
    target: Int64[Tensor, "pairs"]
    quality: Float[Tensor, "pairs"]
    ignored: Bool[Tensor, "batch priors"] | None = None

    def __len__(self) -> int:
        """Number of pairs."""
        return len(self.image)

    @classmethod
    def empty(cls, device: torch.device | str = "cpu") -> "Assignment":
        """Builds the assignment without any pair."""
        index = torch.zeros(0, dtype=torch.int64, device=device)
        return cls(index, index, index, torch.zeros(0, device=device))

    def clone(self) -> "Assignment":
        """Copies every tensor."""
        ignored = None if self.ignored is None else self.ignored.clone()
        return Assignment(self.image.clone(), self.prior.clone(), self.target.clone(), self.quality.clone(), ignored)

    def to(self, device: torch.device | str) -> "Assignment":
        """Moves every tensor to a device."""
        ignored = None if self.ignored is None else self.ignored.to(device)
        return Assignment(
            self.image.to(device),
            self.prior.to(device),
            self.target.to(device),
            self.quality.to(device),
            ignored,
        )
