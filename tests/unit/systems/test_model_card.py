import json
from dataclasses import replace

import pytest

from boxwright.errors import ConfigError, DataError
from boxwright.geometry.tiling import Tiling
from boxwright.models import Normalization
from boxwright.systems import build_system
from boxwright.systems.detection_limits import finding_at_most
from boxwright.systems.model_card import ModelCard, card_from, card_of, plain_value


def _card(**more: object) -> ModelCard:
    system = build_system("yolov5n", 2)
    return card_of(system, categories=("a", "b"), category_ids=(1, 7), canvas_size=(64, 96), config={}, **more)


def test_a_card_comes_back_from_its_header() -> None:
    card = _card(provenance={"file": "ä.pt"}, licence="MIT", measurements={"ap": None})
    assert card_from(json.loads(card.header())) == card
    assert card.header().isascii()


def test_a_card_knows_how_images_were_cut() -> None:
    card = _card(tiling=Tiling((64, 96), 0.25))
    assert card_from(json.loads(card.header())) == card
    assert _card().tiling is None


@pytest.mark.parametrize(
    "tiling",
    [{}, {"size": [64]}, {"size": [64, "64"], "overlap": 0.2}, {"size": [0, 64], "overlap": 0.2}]
    + [{"size": [64, 64], "overlap": overlap} for overlap in (None, "a", 2, [0.2])],
)
def test_tiles_that_cannot_be(tiling: dict[str, object]) -> None:
    with pytest.raises(DataError, match="says that tiling is"):
        card_from(json.loads(_card().header()) | {"tiling": tiling})


def test_it_builds_the_system() -> None:
    values = json.loads(_card().header())
    values |= {"normalization": {"mean": [1, 2, 3], "std": [1, 1, 1]}, "thresholds": {"iou_threshold": 0.3}}
    system = card_from(values).build()
    assert system.normalization == Normalization((1.0, 2.0, 3.0), (1.0, 1.0, 1.0))
    assert system.postprocessor.iou_threshold == 0.3
    assert system.postprocessor.score_threshold == 0.001
    assert system.fit == "centre"


def test_more_detections_have_their_candidates() -> None:
    """A limit that was raised in a training holds in the model that it left."""
    raised = finding_at_most(build_system("ssd_tiny", 1), 900)
    assert raised.postprocessor.candidates_per_class == 900
    card = card_of(raised, categories=("cell",), category_ids=(1,), canvas_size=(224, 224), config={})
    assert card_from(json.loads(card.header())).build().postprocessor == raised.postprocessor
    asked = json.loads(card.header()) | {"thresholds": {"max_detections": 10**9}}
    usual = build_system("ssd_tiny", 1).postprocessor
    assert card_from(asked).build().postprocessor == replace(usual, max_detections=10**9), "and no candidates for it"


def test_a_card_of_before_has_what_the_system_has() -> None:
    values = json.loads(_card().header())
    for name in ("fit", "normalization", "thresholds", "provenance", "licence", "measurements", "tiling"):
        del values[name]
    card = card_from(values | {"format_version": 1})
    assert card.licence == "unknown"
    assert card.build().normalization == build_system("yolov5n", 1).normalization


def test_what_a_newer_release_adds_is_passed_over() -> None:
    card = _card()
    assert card_from(json.loads(card.header()) | {"further": 1}) == card


def test_as_many_ids_as_categories() -> None:
    system = build_system("yolov5n", 2)
    with pytest.raises(ConfigError, match="2 classes; given: 2 categories and 1 id"):
        card_of(system, categories=("a", "b"), category_ids=(1,), canvas_size=(64, 64), config={})


@pytest.mark.parametrize("version", [3, "1", None])
def test_a_newer_form_is_an_error(version: object) -> None:
    with pytest.raises(DataError, match=r"has format version .*reads up to 2"):
        card_from(json.loads(_card().header()) | {"format_version": version})


def test_plain_values_only() -> None:
    assert plain_value({"a": (1, [None, True, 1.5, "x"])}, "config") == {"a": [1, [None, True, 1.5, "x"]]}
    with pytest.raises(ConfigError, match=r"config\.a\[0\] is a set"):
        plain_value({"a": [set()]}, "config")


@pytest.mark.parametrize(
    ("said", "expected"), [({}, 0.25), ({"best_threshold": None}, 0.25), ({"best_threshold": 0}, 0.25)]
)
def test_the_usual_threshold_is_the_best_one_that_was_measured(said: dict, expected: float) -> None:
    assert _card(measurements=said).usual_threshold == expected
    assert not _card(measurements=said).is_threshold_measured
    assert _card(measurements={"best_threshold": 0.41}).is_threshold_measured
    assert _card(measurements={"best_threshold": 0.41}).usual_threshold == 0.41


@pytest.mark.parametrize("said", [-0.1, 1.5, "0.5", True, False, float("nan"), [0.5]])
def test_a_threshold_that_cannot_be_one_is_an_error(said: object) -> None:
    with pytest.raises(DataError, match="best threshold is"):
        _ = _card(measurements={"best_threshold": said}).usual_threshold
