"""What the description of an exported file can say, value by value."""

import math
from collections.abc import Callable
from typing import Any, get_args

from boxwright.geometry.letterbox import Fit

MOST = 2**20
"""No side of a canvas, no stride and no batch of images is larger."""
Test = Callable[[Any], bool]


def _is_count(value: Any) -> bool:
    return type(value) is int and 1 <= value <= MOST


def _is_limit(value: Any) -> bool:
    return type(value) is int and 1 <= value < 2**63


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _is_share(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _is_one_of(*known: object) -> Test:
    return lambda value: _is_text(value) and value in known


def _or_none(test: Test) -> Test:
    return lambda value: value is None or test(value)


def _is_list_of(test: Test, length: int | None = None) -> Test:
    """Tests a tuple: of one entry or more, or of so many."""

    def is_list(value: Any) -> bool:
        has_length = isinstance(value, tuple) and (len(value) > 0 if length is None else len(value) == length)
        return has_length and all(test(entry) for entry in value)

    return is_list


def _is_level(value: Any) -> bool:
    return _is_table(value) and all(_is_count(value.get(name)) for name in ("stride", "per_cell"))


VALUES: dict[str, Test] = {
    "file": _is_text,
    "program": _is_one_of("onnx", "openvino", "torch"),
    "precision": _is_one_of("32", "16"),
    "batch": _or_none(_is_count),
    "canvas_size": _is_list_of(_is_count, 2),
    "canvas_multiple": _or_none(_is_count),
    "input": _is_one_of("float", "uint8"),
    "channel_order": _is_one_of("rgb", "bgr"),
    "mean": _is_list_of(_is_number, 3),
    "std": _is_list_of(lambda value: _is_number(value) and value != 0, 3),
    "nms": _is_one_of("none", "graph"),
    "inputs": _is_list_of(_is_text),
    "outputs": _is_list_of(_is_text),
    "fit": _is_one_of(*get_args(Fit)),
    "pad_value": lambda value: type(value) is int and 0 <= value <= 255,
    "interpolation": _is_table,
    "levels": _is_list_of(_is_level),
    "usual_threshold": _is_share,
    "postprocessing": _is_table,
    "categories": _is_list_of(_is_text),
    "category_ids": _is_list_of(lambda value: type(value) is int),
    "system": _is_text,
    "dialect": _or_none(_is_text),
    "licence": _is_text,
    "weights_sha256": _is_text,
    "boxwright_version": _is_text,
    "card": _is_table,
}
"""Whether a value can be that of a field of `ProgramDescription`."""

POSTPROCESSING: dict[str, Test] = {
    "score_threshold": _is_share,
    "iou_threshold": _is_share,
    "max_detections": _is_limit,
    "candidates_per_image": _is_limit,
    "multi_label": _is_flag,
    "candidates_per_level": _or_none(_is_limit),
    "candidates_per_class": _or_none(_is_limit),
    "clips_first": _is_flag,
}
"""What a file says about its postprocessing: fields of `Postprocessor`."""
