import pytest

from boxwright.errors import ConfigError
from boxwright.settings.ranges import COUNTS, SHARES, require_ranges


@pytest.mark.parametrize("name", SHARES)
def test_shares_are_from_0_to_1(name: str) -> None:
    require_ranges({name: 0})
    require_ranges({name: 1.0})
    require_ranges({name: None})
    for value in (-0.01, 1.01, float("nan")):
        with pytest.raises(ConfigError, match=f"{name} is {value}"):
            require_ranges({name: value})


@pytest.mark.parametrize("name", COUNTS)
def test_counts_begin_at_1(name: str) -> None:
    require_ranges({name: 1})
    for value in (0, -3):
        with pytest.raises(ConfigError, match=f"{name} is {value}. Give at least 1."):
            require_ranges({name: value})


def test_workers_and_canvas() -> None:
    require_ranges({"workers": 0, "canvas": (64, 96), "other": -5})
    require_ranges({"canvas": "dynamic"})
    for values, message in (({"workers": -1}, "workers must be"), ({"canvas": 0}, "both sides")):
        with pytest.raises(ConfigError, match=message):
            require_ranges(values)
