import pytest

from boxwright.errors import ConfigError
from boxwright.systems import SYSTEMS, build_system, has_masks, system_options


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system_is_described_by_its_options(name: str) -> None:
    telling = {"yolov5": ("focal_gamma", 0.0), "yolov8": ("dialect", "current")}
    option, default = ("mask_stride", 4) if name.endswith("-seg") else telling[name[:-1]]
    assert system_options(name)[option] == default


def test_five_sizes_of_every_family() -> None:
    families = ("yolov5{}", "yolov8{}", "yolov8{}-seg")
    assert list(SYSTEMS) == [family.format(variant) for family in families for variant in "nsmlx"]


@pytest.mark.parametrize("name", SYSTEMS)
def test_systems_that_segment_say_so(name: str) -> None:
    assert has_masks(name) == name.endswith("-seg")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("yolov8n", {"dialect": "early", "guarantee": True, "reg_max": 16}),
        ("yolov5n", {"label_smoothing": 0.1, "autobalance": True}),
    ],
)
def test_a_system_remembers_how_it_was_built(name: str, options: dict[str, object]) -> None:
    system = build_system(name, 2, **options)
    assert (system.name, system.num_classes) == (name, 2)
    assert system.options == system_options(name) | options
    assert system.options.keys() == system_options(name).keys()


def test_an_unknown_system_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"Unknown system 'yolo8n'\. Did you mean 'yolov8n'\?"):
        build_system("yolo8n", 3)


def test_an_unknown_option_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"Unknown option of yolov8n 'dialekt'\. Did you mean 'dialect'\?"):
        build_system("yolov8n", 3, dialekt="early")
