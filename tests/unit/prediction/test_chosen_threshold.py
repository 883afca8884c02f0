"""The threshold that is taken, and what is said of it."""

from dataclasses import replace

import pytest

from boxwright.prediction.chosen_threshold import chosen_threshold


@pytest.mark.parametrize(
    ("measurements", "asked", "threshold", "said"),
    [
        ({}, 0.3, 0.3, "over 0.3, as asked for by score_threshold."),
        ({"best_threshold": 0.41}, 0.0, 0.0, "over 0, as asked for by score_threshold."),
        ({}, None, 0.25, "over 0.25, since the model file says no best threshold; `boxwright evaluate"),
        ({"best_threshold": 0, "data": "cells, val"}, None, 0.25, "since none was better than chance"),
        ({"best_threshold": None}, None, 0.25, "since none was better than chance when the model was measured"),
        ({"best_threshold": 0.41}, None, 0.41, "over 0.41, the threshold that the model file says."),
        (
            {"best_threshold": 0.41, "data": "cells, val"},
            None,
            0.41,
            "the model file says, where F1 was best on cells, val.",
        ),
    ],
)
def test_the_line_names_the_threshold_and_where_it_comes_from(model, measurements, asked, threshold, said) -> None:
    card = replace(model[1], measurements=measurements)
    found, line = chosen_threshold(card, asked)
    assert found == threshold
    assert said in line
    assert "\n" not in line
