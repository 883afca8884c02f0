import pytest

from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import ConfigError


def test_defaults_are_strict() -> None:
    assert not ReadingLimits().allow_outside
    assert ReadingLimits().max_pixels == 2**28


def test_impossible_number_of_pixels() -> None:
    with pytest.raises(ConfigError, match="max_pixels"):
        ReadingLimits(max_pixels=0)
