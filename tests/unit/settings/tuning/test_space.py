"""The settings that a search varies."""

from typing import Any

import pytest

from boxwright.arguments.usage_error import UsageError
from boxwright.errors import ConfigError
from boxwright.settings.tuning.dimension import Choices, Range
from boxwright.settings.tuning.space import first_values, require_space, space_of, with_values


def test_groups_may_be_nested_or_dotted() -> None:
    found = space_of(
        {
            "optimization": {"lr": "1e-4..1e-2:log"},
            "augmentation.mosaic": "0..1",
            "parts": {"assigner": "atss,task_aligned"},
        }
    )
    assert found == [
        Range("optimization.lr", 1e-4, 1e-2, is_log=True),
        Range("augmentation.mosaic", 0.0, 1.0),
        Choices("parts.assigner", ("atss", "task_aligned")),
    ]
    assert first_values(found) == {"optimization.lr": 1e-4, "augmentation.mosaic": 0.0, "parts.assigner": "atss"}


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({}, "space: name what to search"),
        (
            {"optimization.lrr": "0..1"},
            "space: There is no setting 'optimization.lrr'. Did you mean 'optimization.lr'?",
        ),
        ({"lr": "0..1"}, "Did you mean 'optimization.lr'?"),
        ({"optimization": {"lrr": "0..1"}}, "Did you mean 'optimization.lr'?"),
        ({"optimization": "0..1"}, "There is no setting 'optimization'"),
        ({"epochs": "10..20"}, "space.epochs is not searched: every trial has the same"),
        ({"seed": "0..9"}, "space.seed is not searched: --seeds N"),
        ({"output": "a,b"}, "space.output is not searched: it does not change what is learned. What can be: system,"),
        ({"optimization.lr": "0..1", "optimization": {"lr": "0..2"}}, "space.optimization.lr is given twice"),
    ],
)
def test_names_that_are_not_searched_are_refused(space: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        space_of(space)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("given", "space", "said"),
    [
        (
            {},
            {"optimization.momentum": "0..2"},
            "space.optimization.momentum, at 2.0: momentum must be at least 0 and below 1",
        ),
        (
            {},
            {"augmentation.mosaic": "-1..1"},
            "space.augmentation.mosaic, at -1.0: Augmentation settings out of range",
        ),
        ({}, {"optimization.lr": "a,b"}, "space.optimization.lr, at 'a': optimization.lr must be float"),
        ({}, {"optimization.schedule": "linear,cosin"}, "at 'cosin': optimization.schedule cannot be 'cosin'. Did you"),
        ({}, {"system": "yolov8n,yolov9n"}, "space.system, at 'yolov9n': Unknown system 'yolov9n'. Did you mean"),
        ({}, {"batch_size": "0..8"}, "space.batch_size, at 0: batch_size must be at least 1"),
        ({}, {"system_options.dialekt": "8.3,mid"}, "Did you mean 'dialect'"),
        ({}, {"system": "yolov8n,ssd_tiny", "system_options.levels": "2-5,3-5"}, "levels: those of ssd_tiny"),
        ({}, {"parts.assigner": "atss,atsss"}, "space.parts.assigner, at 'atsss': Unknown assigner"),
        ({}, {"parts.assigner.nearest": "3..9"}, "is an option of a part that is not named"),
        ({"system": "yolov8n"}, {"system": "yolov8n,yolov5n"}, "system is given, and searched by space.system"),
        ({"optimization": {"lr": 0.1}}, {"optimization.lr": "0..1"}, "optimization.lr is given, and searched"),
    ],
)
def test_values_that_no_training_takes_are_refused(given: dict[str, Any], space: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        require_space(given, space_of(space))
    assert said in str(refused.value)


def test_an_option_of_a_part_that_is_searched_or_given_is_good() -> None:
    space = space_of({"parts.assigner.nearest": "3..9"})
    require_space({"parts": {"assigner": "atss"}}, space)
    require_space(
        {"optimization": {"momentum": 0.9}}, space_of({"optimization.lr": "0..1", "canvas": [320, [320, 640]]})
    )


def test_values_take_the_place_of_what_was_given() -> None:
    given = {"optimization": {"lr": 1.0, "momentum": 0.5}, "canvas": 64}
    found = with_values(given, {"optimization.lr": 0.1, "canvas": 96, "parts.box_loss.version": 2})
    assert found == {"optimization": {"lr": 0.1, "momentum": 0.5}, "canvas": 96, "parts": {"box_loss.version": 2}}
    assert given == {"optimization": {"lr": 1.0, "momentum": 0.5}, "canvas": 64}
