"""Which priors count."""

from boxwright.samplers.balanced import BalancedSampler
from boxwright.samplers.hard_negatives import HardNegatives
from boxwright.samplers.keep_all import KeepAll
from boxwright.samplers.sampler import PriorValues, Sampler

__all__ = ["BalancedSampler", "HardNegatives", "KeepAll", "PriorValues", "Sampler"]
