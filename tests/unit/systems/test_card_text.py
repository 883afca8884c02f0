from dataclasses import replace
from pathlib import Path

import pytest

from boxwright.systems import build_system
from boxwright.systems.card_front import card_front
from boxwright.systems.card_text import MARK, card_text, write_readme
from boxwright.systems.model_card import ModelCard, card_of

MEASURED = {
    "data": "cells, val",
    "num_images": 3,
    "num_targets": 9,
    "ap": 0.12345,
    "ap50": None,
    "per_class": [{"name": "a|b", "num_targets": 9, "ap": 0.5, "ap50": None}],
}


@pytest.fixture(scope="module")
def card() -> ModelCard:
    return card_of(
        build_system("yolov8n", 2),
        categories=("a|b", "evil\x1b[31m"),
        category_ids=(0, 1),
        canvas_size=(320, 640),
        config={"data": "cells", "epochs": 60, "seed": 3, "optimization": {"lr": 0.001}, "logger": "csv"},
        provenance={"file": "x.pt", "sha256": "ab"},
        licence="AGPL-3.0",
        measurements=MEASURED,
    )


def test_everything_is_said(card: ModelCard) -> None:
    text = card_text(card)
    for line in (
        "# yolov8n, 2 categories",
        "| canvas | 320 × 640 |",
        "| data | cells |",
        "| epochs | 60 |",
        "| seed | 3 |",
        "| lr | 0.001 |",
        "| file | x.pt |",
        "On cells, val: 3 images, 9 objects.",
        "| AP 50:95 | 0.123 |",
        "| AP 50 | – |",
        "| a\\|b | 9 | 0.500 | – |",
        "AGPL-3.0. Weights that are trained further stay under the licence of their start.",
    ):
        assert f"{line}\n" in text
    assert "\x1b" not in text
    assert text.startswith(f"{card_front(card)}\n\n# ")


def test_what_is_not_known_is_left_out(card: ModelCard) -> None:
    bare = replace(
        card, config={}, provenance={}, measurements={}, licence="unknown", normalization=None, thresholds={}
    )
    text = card_text(bare)
    assert "Unknown: nobody has said" in text
    for title in ("Training", "Where", "Measured", "thresholds"):
        assert title not in text


def test_many_categories_are_counted(card: ModelCard) -> None:
    many = replace(card, num_classes=300, categories=tuple(f"c{n}" for n in range(300)))
    assert "c99 and 200 more |" in card_text(many)


def test_a_readme_of_somebody_else_stays(card: ModelCard, tmp_path: Path) -> None:
    write_readme(tmp_path, card)
    written = (tmp_path / "README.md").read_text()
    assert written == card_text(card)
    assert MARK in written
    write_readme(tmp_path, replace(card, licence="MIT"))
    assert "MIT." in (tmp_path / "README.md").read_text()
    (tmp_path / "README.md").write_text("mine")
    write_readme(tmp_path, card)
    assert (tmp_path / "README.md").read_text() == "mine"


def test_values_of_strangers_are_shown_in_short(card: ModelCard) -> None:
    odd = {"data": [["x"]], "per_class": [1, None, {"name": "a"}], "ap": "high"}
    changed = replace(card, measurements=odd, provenance={"file": "x" * 10**6}, options={"a": list(range(10**5))})
    assert len(card_text(changed)) < 10_000
