"""Names of devices."""

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.settings.device_name import require_device_name


@pytest.mark.parametrize("name", ["auto", "cpu", "mps", "cuda", "cuda:0", "cuda:11", "xpu:1"])
def test_names_that_torch_knows_pass(name: str) -> None:
    assert require_device_name(name) == name
    assert name == "auto" or torch.device(name).type == name.partition(":")[0]


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("0", "Did you mean cuda:0?"),
        ("1", "Did you mean cuda:1?"),
        ("gpu", "Did you mean cuda:0?"),
        ("gpu:2", "Did you mean cuda:2?"),
        ("", "Try cpu or auto."),
        ("cuda:", "Try cpu or auto."),
        ("CUDA", "Try cpu or auto."),
        ("cpu,cuda", "Try cpu or auto."),
    ],
)
def test_other_names_are_refused(name: str, cure: str) -> None:
    with pytest.raises(ConfigError) as caught:
        require_device_name(name)
    assert cure in str(caught.value)
