"""The counter of waits can fail: it sees every kind of wait that there is, and nothing else."""

from collections.abc import Callable

import pytest
import torch

from tests.budgets.waits import DeviceWaits

VALUES = torch.tensor([3, 0, 2, 2])
FLAGS = VALUES > 0
COUNTS: dict[str, tuple[int, Callable[[], object]]] = {
    "nonzero": (1, lambda: FLAGS.nonzero()),
    "a mask as index": (1, lambda: VALUES[FLAGS]),
    "masked_select": (1, lambda: VALUES.masked_select(FLAGS)),
    "bincount": (2, lambda: torch.bincount(VALUES)),
    "int": (1, lambda: int(VALUES.max())),
    "bool": (1, lambda: bool(FLAGS.any())),
    "tolist": (1, lambda: VALUES.tolist()),
    "unique": (1, lambda: torch.unique(VALUES)),
    "repeat_interleave": (1, lambda: VALUES.repeat_interleave(VALUES)),
    "repeat_interleave of known size": (0, lambda: VALUES.repeat_interleave(VALUES, output_size=7)),
    "numbers of Python": (1, lambda: torch.tensor([1.0, 2.0])),
    "an index of numbers": (0, lambda: VALUES[VALUES]),
    "filling a tensor": (0, lambda: torch.full((3,), 2.0)),
}


@pytest.mark.parametrize("what", COUNTS)
def test_waits_are_counted(what: str) -> None:
    number, work = COUNTS[what]
    assert DeviceWaits.of(work).num_waits == number


def test_operators_of_the_way_back_are_counted() -> None:
    leaf = torch.ones(3, requires_grad=True)
    forward = DeviceWaits.of(lambda: (leaf * 2).sum())
    both = DeviceWaits.of(lambda: (leaf * 2).sum().backward())  # type: ignore[no-untyped-call]
    assert both.num_operators > forward.num_operators > 1
