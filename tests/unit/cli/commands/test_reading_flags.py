"""The settings of reading."""

import dataclasses

from boxwright.cli.commands.reading_flags import ReadingFlags
from boxwright.data import ReadingLimits


def test_the_limits_are_those_of_python() -> None:
    flags = ReadingFlags()
    assert ReadingLimits(flags.allow_outside, flags.max_pixels) == ReadingLimits()
    assert {field.name for field in dataclasses.fields(flags)} == {"val", "val_seed", "allow_outside", "max_pixels"}
