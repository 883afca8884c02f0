"""Weights of classes as somebody typed them."""

from typing import Any

import pytest

from boxwright.errors import ConfigError
from boxwright.settings.class_weights import require_class_weights


def test_numbers_above_0_pass() -> None:
    require_class_weights({"a": 1, "b": 0.25})
    require_class_weights({})


@pytest.mark.parametrize("weight", [0, -1, float("nan"), float("inf"), True, "2", None, [1]])
def test_everything_else_is_refused(weight: Any) -> None:
    with pytest.raises(ConfigError, match=r"class_weights\.a must be a finite number above 0; found"):
        require_class_weights({"b": 1, "a": weight})
