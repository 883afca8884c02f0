import sys

import pytest
import torch

from boxwright.errors import DataError
from boxwright.foreign_weights.pickle_names import ITEM_BYTES, kind_of_name


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("torch._utils._rebuild_tensor_v2", "call"),
        ("torch.HalfStorage", "storage"),
        ("torch.float16", "value"),
        ("torch.nn.modules.conv.Conv2d", "shell"),
        ("torch.nn.parallel.distributed.DistributedDataParallel", "shell"),
        ("models.yolo.DetectionModel", "shell"),
        ("__main__.Net", "shell"),
        ("trainer.utils.loss.v8Loss", "shell"),
        ("torch.nn.functional.silu", "shell"),
        ("numpy.core.multiarray._reconstruct", "shell"),
        ("pathlib.PosixPath", "shell"),
    ],
)
def test_parts_of_networks_are_let_in(name: str, kind: str) -> None:
    assert kind_of_name(name) == kind


@pytest.mark.parametrize("name", ["run", "Run"])
def test_nothing_of_python_or_torch_is_let_in_that_is_not_listed(name: str) -> None:
    for module in (*sys.stdlib_module_names - {"__main__"}, "torch", "torch.hub", "torch.jit"):
        with pytest.raises(DataError, match="is no part of a network"):
            kind_of_name(f"{module}.{name}")


@pytest.mark.parametrize(
    "name",
    [
        "models.load",
        "a.subprocess.Popen",
        "a.os.B",
        "A",
        "a.B.c",
        "a.b c.D",
        "a..B",
        "torch.nn.modules.conv.x",
        ".B",
        "ä.B",
    ],
)
def test_what_is_no_class_of_a_module_is_refused(name: str) -> None:
    with pytest.raises(DataError, match="is no part of a network"):
        kind_of_name(name)


def test_the_sizes_of_numbers() -> None:
    for name, size in ITEM_BYTES.items():
        if name != "torch.storage.UntypedStorage":
            assert torch.storage._storage_type_to_dtype_map()[name.removeprefix("torch.")].itemsize == size
