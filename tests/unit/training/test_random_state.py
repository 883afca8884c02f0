"""Random numbers that go on."""

import random

import numpy as np
import torch

from boxwright.training.random_state import random_state, random_state_kept, set_random_state


def test_the_numbers_go_on() -> None:
    device = torch.device("cpu")
    with torch.random.fork_rng():
        kept = random_state(device)
        expected = torch.rand(3)
        torch.rand(5)
        set_random_state(kept, device)
        assert torch.equal(torch.rand(3), expected)


def test_another_device_than_before_is_no_error() -> None:
    with torch.random.fork_rng():
        set_random_state(random_state(torch.device("cpu")), torch.device("cuda"))


def test_all_global_numbers_are_put_back() -> None:
    with random_state_kept(torch.device("cpu")):
        expected = torch.rand(3).tolist(), np.random.rand(3).tolist(), [random.random() for _ in range(3)]
    with random_state_kept(torch.device("cpu")):
        assert (torch.rand(3).tolist(), np.random.rand(3).tolist(), [random.random() for _ in range(3)]) == expected
