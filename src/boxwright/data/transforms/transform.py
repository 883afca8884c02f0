"""The shape of every change of a sample."""

from typing import Protocol, runtime_checkable

import numpy as np

from boxwright.structures import Sample


@runtime_checkable
class Transform(Protocol):
    """Turns a sample into a new one; the given sample and its memory stay unchanged.

    Law: equal samples and equal generator states give equal results.
    """

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """Applies the change.

        Args:
            sample: What to change.
            rng: The only source of randomness.
        """
        ...
