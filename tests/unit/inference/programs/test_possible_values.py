"""A description in which one value was changed by hand."""

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pytest

from boxwright.errors import DataError
from boxwright.exporting.described import described
from boxwright.exporting.shapes import shapes_of
from boxwright.inference.programs.description import ProgramDescription, read_description
from boxwright.inference.programs.possible_values import POSTPROCESSING, VALUES
from boxwright.settings.export import ExportSettings
from boxwright.systems import build_system
from boxwright.systems.model_card import card_of

WRONG: dict[str, tuple[Any, ...]] = {
    "file": (3,),
    "program": ("tflite", ["onnx"], None),
    "precision": ("64", 32, None),
    "batch": (0, -1, True, 2.5, "2", 10**9),
    "canvas_size": ([], [64], [64, 64, 64], ["64", "64"], [0, 64], [-64, 64], [64.0, 64.0], [10**9, 64], 64, None),
    "canvas_multiple": (0, -8, True, "8"),
    "input": ("int8", None),
    "channel_order": ("gbr", 3),
    "mean": ([], [1], ["a", "b", "c"], [float("nan")] * 3, 5, None),
    "std": ([0, 0, 0], [1, 1], [float("inf")] * 3, "x", None),
    "nms": ("both", True),
    "inputs": ([], [3], "images", None),
    "outputs": ([], [3], None),
    "fit": ("sideways", None),
    "pad_value": (-1, 256, 1.5, True, None),
    "interpolation": (None, "area"),
    "levels": ([], [{}], [3], [{"stride": 0, "per_cell": 1}], [{"stride": 8}], "x", None),
    "usual_threshold": ("x", -1, 2, float("nan"), None),
    "postprocessing": ([], None, {}),
    "categories": ([], [1, 2], "ab", None),
    "category_ids": ([], ["a", "b"], [True, False], None),
    "system": (3, None),
    "dialect": (3,),
    "licence": (None,),
    "weights_sha256": (None,),
    "boxwright_version": (None,),
    "card": ([], None),
}
WRONG_RULES: dict[str, tuple[Any, ...]] = {
    "score_threshold": ("x", None, float("nan"), -0.1, 1.1, True),
    "iou_threshold": ([1], None, 2),
    "max_detections": (0, 2.5, None, True, 10**30),
    "candidates_per_image": (None, 0, "x"),
    "multi_label": (3, "no", None),
    "candidates_per_level": (0, "x"),
    "candidates_per_class": (0, "x"),
    "clips_first": ("no", 1),
}


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    """What a file of SSD says."""
    system = build_system("ssd_tiny", 2)
    card = card_of(system, categories=('a"\n', "ü 😀"), category_ids=(0, 1), canvas_size=(64, 64), config={})
    shapes = shapes_of(system, card, "dynamic", None)
    description = described(system, card, shapes, ExportSettings(), file="m.onnx", weights=None)
    values: dict[str, Any] = json.loads(description.to_json())
    return values


def _read(values: dict[str, Any]) -> ProgramDescription:
    return read_description(json.dumps(values), Path("m.onnx"))


def test_every_field_has_its_values(said: dict[str, Any]) -> None:
    assert set(VALUES) == set(WRONG) == {each.name for each in fields(ProgramDescription)}
    assert set(POSTPROCESSING) == set(WRONG_RULES) == set(said["postprocessing"])


def test_what_was_written_is_read(said: dict[str, Any]) -> None:
    assert json.loads(json.dumps(asdict(_read(said)))).items() <= said.items()


@pytest.mark.parametrize("name", WRONG)
def test_a_value_that_cannot_be_is_named(name: str, said: dict[str, Any]) -> None:
    for value in WRONG[name]:
        with pytest.raises(DataError, match=rf"m\.onnx.*{name}"):
            _read({**said, name: value})


@pytest.mark.parametrize("name", WRONG_RULES)
def test_a_rule_that_cannot_be_is_named(name: str, said: dict[str, Any]) -> None:
    for value in WRONG_RULES[name]:
        with pytest.raises(DataError, match=rf"m\.onnx says that postprocessing\.{name} is"):
            _read({**said, "postprocessing": {**said["postprocessing"], name: value}})


@pytest.mark.parametrize("version", [0, -1, True, "1", None, 2])
def test_a_version_that_is_not_known_is_an_error(version: object, said: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="has format version"):
        _read({**said, "format_version": version})
