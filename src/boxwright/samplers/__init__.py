"""Which priors count."""

from boxwright.samplers.keep_all import KeepAll
from boxwright.samplers.sampler import PriorValues, Sampler

__all__ = ["KeepAll", "PriorValues", "Sampler"]
