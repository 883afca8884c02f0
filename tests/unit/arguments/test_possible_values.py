"""Values that no setting can have."""

import math
from typing import Any

import pytest

from boxwright.arguments.possible_values import require_possible, require_workers
from boxwright.errors import ConfigError


@pytest.mark.parametrize("value", ["", [""], ["a", ""]])
def test_an_empty_name_is_refused(value: Any) -> None:
    with pytest.raises(ConfigError, match="source is empty"):
        require_possible({"source": value}, ["source"])


@pytest.mark.parametrize("value", [10**23, -(10**23), (1, 10**23), {"a": {"b": [10**23]}}])
def test_a_number_beyond_64_bits_is_refused(value: Any) -> None:
    with pytest.raises(ConfigError, match=r"most(\.a\.b)? is -?1000.*Give a smaller number"):
        require_possible({"most": value}, [])


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, [1.0, math.inf]])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(ConfigError, match=r"group\.lr is .*Give a finite number"):
        require_possible({"group": {"lr": value}}, [])


def test_everything_else_passes() -> None:
    require_possible(
        {"source": " ", "title": "", "options": {"a": ""}, "none": None, "most": 2**62, "x": 1e300, "on": True},
        ["source", "title"],
    )


@pytest.mark.parametrize("count", [-1, 100_000, 10**30])
def test_no_machine_runs_so_many_workers(count: int) -> None:
    with pytest.raises(ConfigError, match=f"workers must be from 0 to 512; found {count}"):
        require_workers(count)
