"""The names are those of what can be built."""

import pytest

from boxwright.errors import ConfigError
from boxwright.settings.catalog import OPTIONS_OF_SYSTEMS, require_system
from boxwright.systems import SYSTEMS, system_options


def test_every_system_has_its_options() -> None:
    assert list(OPTIONS_OF_SYSTEMS) == list(SYSTEMS)
    assert {name: tuple(system_options(name)) for name in SYSTEMS} == OPTIONS_OF_SYSTEMS


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("yolov9n", [], "Unknown system 'yolov9n'. Did you mean 'yolov"),
        ("YOLOv8n", [], "Did you mean 'yolov8n'"),
        ("yolov8n", ["dialekt"], "Unknown option of yolov8n 'dialekt'. Did you mean 'dialect'"),
        ("ssd300", ["reg_max"], "Unknown option of ssd300 'reg_max'"),
    ],
)
def test_what_cannot_be_built_is_refused(name: str, options: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        require_system(name, options)
    assert message in str(caught.value)
