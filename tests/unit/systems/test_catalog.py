import pytest

from boxwright.errors import ConfigError
from boxwright.systems import SYSTEMS, build_system, system_options


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system_is_described_by_its_options(name: str) -> None:
    assert system_options(name)["dialect"] == "current"


def test_a_system_remembers_how_it_was_built() -> None:
    system = build_system("yolov8n", 2, dialect="early", guarantee=True)
    assert (system.name, system.num_classes) == ("yolov8n", 2)
    assert system.options == {"dialect": "early", "guarantee": True, "reg_max": 16}
    assert system.options.keys() == system_options("yolov8n").keys()


def test_an_unknown_system_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"Unknown system 'yolo8n'\. Did you mean 'yolov8n'\?"):
        build_system("yolo8n", 3)


def test_an_unknown_option_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"Unknown option of yolov8n 'dialekt'\. Did you mean 'dialect'\?"):
        build_system("yolov8n", 3, dialekt="early")
