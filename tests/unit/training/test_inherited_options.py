from pathlib import Path

import pytest
from tests.unit.systems.model_files import rewritten

from boxwright.errors import DataError
from boxwright.settings.training import TrainingSettings
from boxwright.systems import build_system, save_model
from boxwright.training.inherited_options import inherited_options, said_of_options
from boxwright.training.weights_read import read_weights


@pytest.fixture
def weights(tmp_path: Path) -> str:
    system = build_system("yolov8n", 1, dialect="early", reg_max=8)
    save_model(tmp_path / "m.safetensors", system, categories=["a"], canvas_size=(64, 64), config={})
    return str(tmp_path / "m.safetensors")


def test_a_network_has_the_layers_of_its_weights(weights: str) -> None:
    settings = TrainingSettings(system="yolov8n", weights=weights)
    options = inherited_options(settings, read_weights(weights))
    own = {"dialect": "early", "reg_max": 8, "guarantee": False, "backbone": None, "pretrained": False}
    own |= {"levels": "3-5"}
    assert options == own
    assert said_of_options(settings, options) == " Options of the weights: dialect early, reg_max 8."


def test_what_is_given_stays(weights: str) -> None:
    settings = TrainingSettings(system="yolov8n", weights=weights, system_options={"dialect": "current"})
    options = inherited_options(settings, read_weights(weights))
    assert options["dialect"] == "current"
    assert said_of_options(settings, options) == " Options of the weights: reg_max 8."


def test_another_system_has_its_own(weights: str) -> None:
    assert inherited_options(TrainingSettings(system="yolov8s", weights=weights), read_weights(weights)) == {}
    assert inherited_options(TrainingSettings(system="yolov8n"), None) == {}
    assert said_of_options(TrainingSettings(system="yolov8n"), {"dialect": "early"}) == ""


@pytest.mark.parametrize("options", [{"depth": 10**7}, {"width": "x"}, {"width": 10**9}, {"backbone": 3}])
def test_options_that_are_not_those_of_the_tensors(options: dict[str, object], tmp_path: Path) -> None:
    """A training would build the network that a stranger describes before it looks at the weights."""
    system = build_system("retinanet_r18", 1, width=32, depth=0)
    path = tmp_path / "m.safetensors"
    save_model(path, system, categories=["a"], canvas_size=(64, 64), config={})
    rewritten(path, options={"width": 32, "depth": 0} | options)
    with pytest.raises(DataError, match=r"m\.safetensors: "):
        read_weights(str(path))


@pytest.mark.parametrize(("there", "here", "number"), [("2-5", "3-5", 3), ("3-5", "2-5", 3), ("2-5", "2-5", 4)])
@pytest.mark.parametrize("name", ["yolov5n", "yolov5s"])
def test_anchors_come_along_level_by_level(there: str, here: str, number: int, name: str, tmp_path: Path) -> None:
    """What is added for a finer level is half of the next, as ever."""
    path = tmp_path / "m.safetensors"
    source = build_system("yolov5n", 1, levels=there)
    save_model(path, source, categories=["a"], canvas_size=(64, 64), config={})
    settings = TrainingSettings(system=name, weights=str(path), system_options={"levels": here})
    options = inherited_options(settings, read_weights(str(path)))
    assert len(options["anchors"]) == number
    assert build_system(name, 1, **options).options["anchors"][-3:] == source.options["anchors"][-3:]
