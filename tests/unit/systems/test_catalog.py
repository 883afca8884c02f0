import pytest
import torch
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.structures import InstanceMasks, Targets
from boxwright.systems import SYSTEMS, System, build_system, default_canvas, has_masks, system_options

ONE_OF_EACH = {
    "retinanet_r18": (96, 160),
    "fcos_r18": (96, 160),
    "ssd_tiny": (224, 224),
    "ssd300_light": (300, 300),
    "yolov5n": (96, 160),
    "yolov8n": (96, 160),
    "yolov8n-e2e": (96, 160),
    "yolov8n-seg": (96, 160),
}


def loss_of(system: System, images: Tensor) -> Tensor:
    """Of two images, of which the first has two objects and a region to ignore."""
    boxes = torch.tensor([[4.0, 4.0, 60.0, 50.0], [10.0, 20.0, 30.0, 44.0], [60.0, 40.0, 90.0, 90.0]])
    height, width = images.shape[2] // 4, images.shape[3] // 4
    masks = InstanceMasks.from_boolean(torch.ones(3, height, width, dtype=torch.bool), 4)
    image = torch.zeros(3, dtype=torch.int64)
    ignore = torch.tensor([False, False, True])
    targets = Targets(boxes, image, image, ignore, 2, masks if system.mask_stride else None)
    priors = system.prior_generator(tuple(images.shape[2:]), "cpu")
    return torch.stack(list(system.criterion(system.detector(images), priors, targets).values())).sum()


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_a_training_step_after_an_evaluation_and_without_chance(name: str) -> None:
    """What is kept from inference serves a backward pass, and no operator is one that may differ from run to run."""
    system = build_system(name, 3)
    images = torch.rand(2, 3, *ONE_OF_EACH[name], generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        loss_of(system, images)
    torch.use_deterministic_algorithms(True)
    try:
        loss_of(system, images).backward()
    finally:
        torch.use_deterministic_algorithms(False)
    assert all(value.grad is not None for value in system.detector.parameters() if value.requires_grad)


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system_is_described_by_its_options(name: str) -> None:
    telling = {
        "yolov5": ("focal_gamma", 0.0),
        "yolov8": ("dialect", "current"),
        "retinanet": ("width", 256),
        "fcos": ("radius", 1.5),
        "ssd": ("dialect", "default"),
    }
    option, default = next(value for family, value in telling.items() if name.startswith(family))
    assert system_options(name)[option] == default
    assert system_options(name).get("mask_stride") == (4 if name.endswith("-seg") else None)


def test_the_sizes_of_every_family() -> None:
    families = {
        "yolov5{}": "nsmlx",
        "yolov8{}": "nsmlx",
        "yolov8{}-e2e": "nsmlx",
        "yolov8{}-seg": "nsmlx",
        "retinanet_{}": ("r18", "r34", "r50", "r101"),
        "fcos_{}": ("r18", "r34", "r50", "r101"),
        "ssd{}": ("_tiny", "300", "300_light"),
    }
    names = [family.format(variant) for family, variants in families.items() for variant in variants]
    assert sorted(SYSTEMS) == sorted(names)


@pytest.mark.parametrize("name", SYSTEMS)
def test_systems_that_segment_say_so(name: str) -> None:
    assert has_masks(name) == name.endswith("-seg")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("yolov8n", {"dialect": "early", "guarantee": True, "reg_max": 16}),
        ("yolov5n", {"label_smoothing": 0.1, "autobalance": True}),
        (
            "retinanet_r18",
            {"backbone": None, "frozen_stages": 2, "holds_norms": True, "head_norms": False, "width": 64},
        ),
        ("fcos_r18", {"radius": None, "guarantee": True, "frozen_stages": 1, "holds_norms": True, "width": 64}),
        ("ssd_tiny", {"pretrained": False, "norms": False, "dialect": "tiny"}),
        ("ssd300_light", {"backbone": "mobilenetv3_small_050"}),
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


@pytest.mark.parametrize("name", ["yolov8n", "yolov8n-seg", "retinanet_r18", "fcos_r18", "ssd_tiny", "ssd300"])
def test_what_a_system_does_not_define_is_said(name: str) -> None:
    with pytest.raises(ConfigError, match=f"label_smoothing: the published {name} defines none; YOLOv5 does"):
        build_system(name, 3, label_smoothing=0.1)


@pytest.mark.parametrize(
    ("name", "canvas"), [("ssd_tiny", 224), ("ssd300", 300), ("ssd300_light", 300), ("yolov8n", 640)]
)
def test_every_system_has_a_canvas(name: str, canvas: int) -> None:
    assert default_canvas(name) == canvas


@pytest.mark.parametrize("name", ["ssd300", *ONE_OF_EACH])
def test_an_option_of_another_kind_is_refused_by_its_name(name: str) -> None:
    for option, usual in system_options(name).items():
        wrong: list[object] = [float("nan")]
        if not isinstance(usual, str) and option != "backbone":
            wrong.append("text")
        if isinstance(usual, bool | int | float | str):
            wrong += [*([] if option == "radius" else [None]), [1, 2], {"a": 1}]
        for value in wrong:
            with pytest.raises(ConfigError, match=option), torch.device("meta"):
                build_system(name, 3, **{option: value})


def test_what_an_option_usually_is_is_said() -> None:
    with pytest.raises(ConfigError, match=r"^levels is 2\. Give a text\. The usual is '3-5'\.$"):
        build_system("yolov8n", 3, levels=2)


@pytest.mark.parametrize(("option", "value"), [("anchor_scale", float("nan")), ("width", 2**70)])
def test_options_that_no_number_can_be_are_errors(option: str, value: float) -> None:
    with pytest.raises(ConfigError, match=f"{option} is "):
        build_system("retinanet_r18", 1, **{option: value})
