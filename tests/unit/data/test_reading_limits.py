import pytest

from boxwright.data.reading_limits import ReadingLimits, refuse_reading_settings
from boxwright.errors import ConfigError


def test_defaults_are_strict() -> None:
    assert not ReadingLimits().allow_outside
    assert ReadingLimits().max_pixels == 2**28


def test_impossible_number_of_pixels() -> None:
    with pytest.raises(ConfigError, match="max_pixels"):
        ReadingLimits(max_pixels=0)


def test_settings_of_reading_are_refused_where_nothing_is_read() -> None:
    refuse_reading_settings(["epochs", "data"])
    with pytest.raises(ConfigError, match="on_bad, split: only for data that is read from files"):
        refuse_reading_settings(["epochs", "on_bad", "split"])
