"""Which candidates stay, where it is known which would remove which."""

import torch
from jaxtyping import Bool, Int64
from torch import Tensor


def kept_in_rounds(count: int, better: Int64[Tensor, "pairs"], worse: Int64[Tensor, "pairs"]) -> Bool[Tensor, "all"]:
    """Keeps what no kept better one removes, in rounds: every round settles what depends on those settled before.

    Args:
        count: Number of candidates, the best first.
        better: Places of those that would remove another one, if they are kept.
        worse: Places of these, each behind its better one.
    """
    kept = torch.ones(count, dtype=torch.bool)
    while True:
        left = torch.ones(count, dtype=torch.bool)
        left[worse[kept[better]]] = False
        if torch.equal(left, kept):
            return kept
        kept = left
