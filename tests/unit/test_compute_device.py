"""Devices by name."""

import pytest
import torch

from boxwright.compute_device import pick_device
from boxwright.errors import ConfigError


def test_the_cpu_is_always_there() -> None:
    assert pick_device("cpu").type == "cpu"
    assert pick_device(torch.device("cpu")).type == "cpu"
    assert pick_device("auto").type in ("cpu", "cuda", "mps")


def test_the_number_of_a_gpu_alone_is_answered() -> None:
    with pytest.raises(ConfigError, match=r"'0' cannot be used here .*A GPU is called cuda:0"):
        pick_device("0")


@pytest.mark.parametrize("name", ["cuda:99", "toaster", "gpu", "", "meta", "cuda:-1"])
def test_an_impossible_device_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=f"'{name}' cannot be used here .*Try cpu or auto"):
        pick_device(name)
