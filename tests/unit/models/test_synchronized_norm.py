"""The norm over all processes, where there is one; two are in tests/unit/training/test_norm_statistics.py."""

import torch
from torch import nn

from boxwright.models.synchronized_norm import SynchronizedNorm


def test_one_process_has_a_plain_norm() -> None:
    norm, plain = SynchronizedNorm(3), nn.BatchNorm2d(3)
    features = torch.randn(2, 3, 4, 4)
    for mode in (True, False):
        assert torch.equal(norm.train(mode)(features), plain.train(mode)(features))
    assert torch.equal(norm.running_var, plain.running_var)
