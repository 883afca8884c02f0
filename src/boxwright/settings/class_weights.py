"""Weights of classes as somebody typed them."""

import math
from collections.abc import Mapping
from typing import Any

from boxwright.errors import ConfigError


def require_class_weights(weights: Mapping[str, Any]) -> None:
    """Refuses weights that are no numbers above 0.

    Args:
        weights: By the name of the class.

    Raises:
        ConfigError: There is one.
    """
    for name, weight in weights.items():
        is_number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not (is_number and 0 < weight < math.inf):
            raise ConfigError(
                f"class_weights.{name} must be a finite number above 0; found {weight!r}. 1 counts the class as "
                "without weights."
            )
