"""What an export is asked for."""

import pytest

from boxwright.errors import ConfigError
from boxwright.settings.export import ExportSettings


def test_what_is_usual_is_possible() -> None:
    settings = ExportSettings()
    assert (settings.format, settings.batch, settings.nms) == ("onnx", "dynamic", "none")


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": "tensorrt"},
        {"precision": "8"},
        {"input": "int8"},
        {"nms": "yes"},
        {"batch": "many"},
        {"batch": -1},
        {"opset": 17},
        {"input": "uint8", "channels": "bgra"},
    ],
)
def test_what_is_impossible_is_an_error(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        ExportSettings(**wrong)
