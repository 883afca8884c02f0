"""boxwright anchors."""

import pytest

from boxwright.cli.commands import anchors
from boxwright.errors import ConfigError


def test_a_system_that_is_none_is_refused_before_anything_is_loaded() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'yolov5n'"):
        anchors.run(["--data", "sample:bccd", "--system", "yolov55n"])


def test_data_is_a_flag() -> None:
    with pytest.raises(ConfigError, match="'sample:bccd' belongs to no setting"):
        anchors.run(["sample:bccd"])
