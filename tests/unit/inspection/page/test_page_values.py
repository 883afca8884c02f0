"""What the page reads holds the assignment, number for number."""

import json
import math
from base64 import b64decode
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from tests.unit.inspection.hand_made import ROWS, anchors, explanation, hand_made, inspected_image, points

from boxwright.inspection.page.inspected import InspectedSystem
from boxwright.inspection.page.page_values import AFTER, BEFORE, NOTHING, UNIT, image_values, index_values
from boxwright.prior_generators import DEFAULT_BOXES, PointGrid
from boxwright.prior_generators.octave_anchors import retinanet_anchors
from boxwright.structures import Priors, Reason
from boxwright.systems.yolov5 import yolov5
from boxwright.writing.web_page import data_address


def _read(text: str, kind: str) -> list[int]:
    return np.frombuffer(b64decode(text), dtype=kind).tolist()


def _index(*systems: InspectedSystem) -> dict[str, Any]:
    made = hand_made()
    return index_values(made.title, made.categories, systems or made.systems, made.images)


def _box(grids: list[dict[str, Any]], index: int) -> list[float]:
    """The box of a prior as the page reckons it."""
    grid = next(grid for grid in reversed(grids) if grid["start"] <= index)
    cell, slot = divmod(index - grid["start"], len(grid["sizes"]))
    row, column = divmod(cell, grid["width"])
    x, y = (
        start + count * step for start, count, step in zip(grid["origin"], (column, row), grid["step"], strict=True)
    )
    return [x, y, *grid["sizes"][slot]]


@pytest.mark.parametrize(
    "priors",
    [
        points(),
        anchors(),
        PointGrid((8, 16, 32))((96, 160)),
        PointGrid((64,))((64, 64)),
        DEFAULT_BOXES["ssd_tiny"]((224, 224)),
        DEFAULT_BOXES["ssd300"]((300, 300)),
        retinanet_anchors("mmdetection")((96, 128)),
        retinanet_anchors("torchvision")((96, 120)),
        yolov5("n", 1).prior_generator((96, 64), "cpu"),
    ],
    ids=lambda priors: f"{len(priors)}",
)
def test_the_box_of_every_prior_follows_from_its_index(priors: Priors) -> None:
    grids = _index(InspectedSystem("any", priors))["systems"][0]["grids"]
    reckoned = torch.tensor([_box(grids, index) for index in range(len(priors))])
    torch.testing.assert_close(reckoned, priors.boxes, atol=2e-3, rtol=1e-5)


def test_rows_hold_the_verdicts() -> None:
    result = image_values(hand_made().images[0])["results"][0]
    assert result["first"] == [0, 3, 5, 5]
    assert _read(result["prior"], "<u4") == [row[1] for row in ROWS]
    marks = [BEFORE + AFTER, BEFORE, 0, 0, 0]
    assert _read(result["state"], "u1") == [int(row[2]) + mark for row, mark in zip(ROWS, marks, strict=True)]
    for place, name in enumerate(("quality", "overlap", "score"), start=3):
        wanted = [NOTHING if math.isnan(row[place]) else round(row[place] * UNIT) for row in ROWS]
        assert _read(result[name], "<u2") == wanted


def test_a_pair_is_marked_by_the_assignment_and_not_by_its_reason() -> None:
    made = inspected_image("x", points())
    told = made.explanations[0]
    nothing = replace(told, after=told.after.empty(told.after.num_images, told.after.num_priors))
    state = _read(image_values(replace(made, explanations=(nothing,)))["results"][0]["state"], "u1")
    assert [value & AFTER for value in state] == [0] * 5
    assert [value & BEFORE for value in state] == [BEFORE, BEFORE, 0, 0, 0]


def test_ignored_priors_are_bits() -> None:
    result = image_values(hand_made().images[0])["results"][0]
    assert result["ignored_before"] == ""
    bits = np.unpackbits(np.frombuffer(b64decode(result["ignored_after"]), dtype=np.uint8), bitorder="little")
    assert bits.nonzero()[0].tolist() == [3, 79]


def test_the_way_into_the_canvas_is_that_of_the_letterbox() -> None:
    result = image_values(hand_made().images[0])["results"][0]
    assert (result["scale"], result["pad"]) == ([1.0, 1.0], [0.0, 8.0])  # across, down


def test_the_index_counts_objects_without_a_positive() -> None:
    (entry,) = _index()["images"]
    assert (entry["targets"], entry["lacking"]) == (2, [1, 1])  # the ignored region is no object
    assert (entry["width"], entry["height"]) == (64, 48)


def test_reasons_are_in_the_order_of_their_numbers() -> None:
    index = _index()
    assert index["reasons"] == [reason.text for reason in sorted(Reason)]
    assert max(Reason) < index["before"]


def test_an_image_without_targets_has_no_rows() -> None:
    made = inspected_image("x", points())
    none = torch.zeros(0, dtype=torch.bool)
    told = explanation(80)
    nothing = told.after.empty(told.after.num_images, told.after.num_priors)
    told = replace(told, before=nothing, after=nothing, verdicts=told.verdicts.take(none[:0].long()))
    empty = replace(made, boxes=torch.zeros(0, 4), labels=none.long(), ignore=none, explanations=(told,))
    values = image_values(empty)
    assert (values["boxes"], values["results"][0]["first"], values["results"][0]["prior"]) == ([], [0], "")


def test_everything_can_be_written_as_json() -> None:
    json.dumps([_index(), image_values(hand_made().images[0])], allow_nan=False)


def test_a_data_address_holds_the_file() -> None:
    assert data_address(b"\xff\xd8") == "data:image/jpeg;base64,/9g="
