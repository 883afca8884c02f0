"""Which precision the arithmetic runs in."""

import torch
from torch import Tensor


def widen(values: Tensor) -> Tensor:
    """Gives half-precision values in float32 and wider ones as they are.

    In half precision 1 − IoU, exponentials and sixth powers lose everything that matters near a perfect match.
    """
    return values.float() if values.dtype in (torch.float16, torch.bfloat16) else values
