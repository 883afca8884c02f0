"""Which priors count."""

from boxwright.samplers.hard_negatives import HardNegatives
from boxwright.samplers.keep_all import KeepAll
from boxwright.samplers.sampler import PriorValues, Sampler

__all__ = ["HardNegatives", "KeepAll", "PriorValues", "Sampler"]
