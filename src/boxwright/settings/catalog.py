"""The systems that can be named, their options and the canvas of each; `boxwright.systems.catalog` builds them."""

from collections.abc import Iterable

from boxwright.errors import ConfigError, unknown_name

_PYRAMID = (
    "pretrained",
    "backbone",
    "frozen_stages",
    "holds_norms",
    "head_norms",
    "width",
    "depth",
    "dialect",
    "box_loss",
)
_FCOS = (*_PYRAMID, "radius", "guarantee", "levels")
_RETINANET = (*_PYRAMID, "anchor_scale", "levels")
_SSD = ("pretrained", "norms", "dialect")
_YOLOV5 = (
    "anchors",
    "anchor_threshold",
    "label_smoothing",
    "focal_gamma",
    "class_positive_weight",
    "objectness_positive_weight",
    "autobalance",
    "levels",
)
_YOLOV8 = ("dialect", "guarantee", "reg_max", "levels")
_BACKBONE = ("backbone", "pretrained")
_YOLO_SCALES = "nsmlx"
_RESNETS = ("r18", "r34", "r50", "r101")

OPTIONS_OF_SYSTEMS: dict[str, tuple[str, ...]] = {
    **{f"fcos_{variant}": _FCOS for variant in _RESNETS},
    **{f"retinanet_{variant}": _RETINANET for variant in _RESNETS},
    "ssd_tiny": _SSD,
    "ssd300": (*_SSD, "clips_boxes"),
    "ssd300_light": ("backbone", "pretrained", "dialect"),
    **{f"yolov5{variant}": (*_YOLOV5, *_BACKBONE) for variant in _YOLO_SCALES},
    **{f"yolov8{variant}": (*_YOLOV8, *_BACKBONE) for variant in _YOLO_SCALES},
    **{f"yolov8{variant}-e2e": (*_YOLOV8, *_BACKBONE) for variant in _YOLO_SCALES},
    **{
        f"yolov8{variant}-seg": (*_YOLOV8, "num_prototypes", "mask_stride", "overlap_map", *_BACKBONE)
        for variant in _YOLO_SCALES
    },
}
"""Name of a system → names of its options."""

DEFAULT_CANVAS = 640
_CANVAS = {"ssd_tiny": 224, "ssd300": 300, "ssd300_light": 300}

_ELSEWHERE = {
    "levels": "levels: those of {} are cut out for its canvas, and its default boxes for them. YOLOv5, YOLOv8, "
    "RetinaNet and FCOS have the option.",
    "label_smoothing": "label_smoothing: the published {} defines none; YOLOv5 does. Leave it out.",
}
"""Options that are asked of systems which have no such thing, and why these have not."""

ONE_CANVAS = ("ssd300", "ssd300_light")
"""Systems whose levels are made for one canvas."""


def default_canvas(name: str) -> int:
    """Gives the side of the canvas that a system is trained at unless the user says otherwise, in pixels.

    Args:
        name: Of a system.
    """
    return _CANVAS.get(name, DEFAULT_CANVAS)


def require_system(name: str, options: Iterable[str] = (), *, multi_scale: float | None = None) -> None:
    """Refuses names that nothing can be built of.

    Args:
        name: Of a system.
        options: Names of its options.
        multi_scale: How much its canvas shall vary.

    Raises:
        ConfigError: The system or an option is unknown, or it has one canvas, which shall vary.
    """
    if name not in OPTIONS_OF_SYSTEMS:
        raise unknown_name("system", name, OPTIONS_OF_SYSTEMS)
    known = OPTIONS_OF_SYSTEMS[name]
    for option in options:
        if option in _ELSEWHERE and option not in known:
            raise ConfigError(_ELSEWHERE[option].format(name))
        if option not in known:
            raise unknown_name(f"option of {name}", option, known)
    if multi_scale and name in ONE_CANVAS:
        raise no_other_canvas(name)


def no_other_canvas(name: str) -> ConfigError:
    """Gives the error where canvases shall vary of a system that knows one.

    Args:
        name: Of the system.
    """
    return ConfigError(
        f"augmentation.multi_scale: {name} has one canvas, for which its levels are made. Leave it out; "
        "augmentation.scale varies the size of the objects."
    )
