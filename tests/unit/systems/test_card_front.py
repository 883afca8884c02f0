"""What hubs read is YAML in their form, and says nothing that nobody has measured."""

from dataclasses import replace
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard as HubCard

from boxwright.systems import build_system
from boxwright.systems.card_front import LICENCES, card_front
from boxwright.systems.card_text import card_text
from boxwright.systems.model_card import ModelCard, card_of

MEASURED = {"data": "cells, val", "num_images": 3, "num_targets": 9, "ap": 0.123456, "ap50": 0.5, "ap75": None}


@pytest.fixture(scope="module")
def card() -> ModelCard:
    system = build_system("yolov8n", 1)
    return card_of(system, categories=("a",), category_ids=(0,), canvas_size=(64, 64), config={}, licence="MIT")


def _front(card: ModelCard) -> dict[str, Any]:
    text = card_front(card)
    assert text.startswith("---\n")
    assert text.endswith("\n---")
    found: dict[str, Any] = yaml.safe_load(text[4:-3])
    return found


def test_without_measurements_there_are_no_results(card: ModelCard) -> None:
    assert _front(card) == {
        "library_name": "boxwright",
        "pipeline_tag": "object-detection",
        "license": "mit",
        "tags": ["object-detection", "yolov8n"],
    }


def test_what_was_measured_is_said_with_its_data(card: ModelCard) -> None:
    (model,) = _front(replace(card, measurements=MEASURED))["model-index"]
    assert model == {
        "name": "yolov8n",
        "results": [
            {
                "task": {"type": "object-detection"},
                "dataset": {"type": "unknown", "name": "cells, val"},
                "metrics": [
                    {"type": "map", "value": 0.1235, "name": "AP 50:95"},
                    {"type": "map_50", "value": 0.5, "name": "AP 50"},
                ],
            }
        ],
    }


def test_a_hub_reads_the_whole_card(card: ModelCard) -> None:
    masks = {"mask_ap": 0.25, "mask_ap50": 0.75}
    given = replace(card, system="yolov8n-seg", measurements=MEASURED | masks, licence="BSD-3-Clause")
    data = HubCard(card_text(given)).data
    assert (data.library_name, data.pipeline_tag, data.license) == ("boxwright", "image-segmentation", "bsd-3-clause")
    found = [(each.task_type, each.metric_type, each.metric_value, each.dataset_name) for each in data.eval_results]
    assert found == [
        ("object-detection", "map", 0.1235, "cells, val"),
        ("object-detection", "map_50", 0.5, "cells, val"),
        ("image-segmentation", "map", 0.25, "cells, val"),
        ("image-segmentation", "map_50", 0.75, "cells, val"),
    ]


@pytest.mark.parametrize(
    "odd", [{"ap": "high"}, {"ap": float("nan")}, {"ap": True}, {"ap": -1.0}, {"ap": [1]}, {"ap": 0.5, "data": None}]
)
def test_what_is_no_result_is_left_out(odd: dict[str, Any], card: ModelCard) -> None:
    assert "model-index" not in _front(replace(card, measurements={"data": "cells", **odd}))


@pytest.mark.parametrize(
    ("stated", "license"),
    [
        ("AGPL-3.0 License (https://example.org/license)", "agpl-3.0"),
        ("AGPL-3.0 (https://example.org)", "agpl-3.0"),
        ("Apache-2.0", "apache-2.0"),
        ("unknown", "unknown"),
        *((name, name) for name in LICENCES),
    ],
)
def test_names_that_hubs_know(stated: str, license: str, card: ModelCard) -> None:
    front = _front(replace(card, licence=stated))
    assert front["license"] == license
    assert "license_name" not in front


@pytest.mark.parametrize(
    "stated",
    ["MIT or Apache-2.0", "ask me", "MIT, but not for sale", 'yes: "no" # \\ {[', "🙂", "---", "null", "ja\nb: c"],
)
def test_other_licences_are_stated_as_they_are(stated: str, card: ModelCard) -> None:
    front = _front(replace(card, licence=stated, measurements={"data": stated, "ap": 0.5}))
    assert front["license"] == "other"
    said = front["license_name"]
    assert said.replace("\\n", "\n") == stated
    assert front["model-index"][0]["results"][0]["dataset"]["name"] == said
