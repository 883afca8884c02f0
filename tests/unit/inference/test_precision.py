"""Names of arithmetic."""

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.inference.precision import computing_in, dtype_of

CPU = torch.device("cpu")


@pytest.mark.parametrize(("name", "dtype"), [("32", torch.float32), ("bf16", torch.bfloat16), ("fp16", torch.float16)])
@pytest.mark.parametrize("around", ["32", "bf16"])
def test_a_network_computes_in_it_whatever_is_around(name: str, dtype: torch.dtype, around: str) -> None:
    with computing_in(around, CPU), computing_in(name, CPU):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == dtype


def test_an_unknown_one_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"Unknown precision '16'. Did you mean 'fp16'"):
        dtype_of("16")
