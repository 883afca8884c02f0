"""Devices by name."""

import pytest
import torch

from boxwright.compute_device import pick_device
from boxwright.errors import ConfigError


def test_the_cpu_is_always_there() -> None:
    assert pick_device("cpu").type == "cpu"
    assert pick_device(torch.device("cpu")).type == "cpu"
    assert pick_device("auto").type in ("cpu", "cuda", "mps")


@pytest.mark.parametrize("name", ["cuda:99", "toaster", "gpu", "0", "", "meta", "cuda:-1"])
def test_an_impossible_device_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=f"'{name}' cannot be used here .*Try cpu or auto"):
        pick_device(name)
