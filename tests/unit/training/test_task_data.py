"""Opening the data of a training."""

import dataclasses
from pathlib import Path

import pytest

from boxwright.data import RamCache, open_parts
from boxwright.errors import ConfigError, DataError
from boxwright.settings.training import TrainingSettings
from boxwright.training.task_data import given_data, open_data


def test_both_parts_are_opened_by_name(tiny_data: Path) -> None:
    settings = TrainingSettings(data=str(tiny_data), system="ssd_tiny", cache="ram")
    train_data, val_data = open_data(settings, settings.data)
    assert (len(train_data), len(val_data)) == (8, 3)
    assert isinstance(train_data, RamCache)
    assert isinstance(open_data(dataclasses.replace(settings, cache="auto"), settings.data)[1], RamCache)
    assert not isinstance(open_data(dataclasses.replace(settings, cache=None), settings.data)[0], RamCache)
    with pytest.raises(ConfigError, match="data: name the data set to train on"):
        open_data(settings, None)


def test_data_sets_of_python_are_taken_as_they_are(tiny_data: Path) -> None:
    first, second = open_parts(str(tiny_data), ("train", "val"))
    parts = (first, second)
    assert given_data(TrainingSettings(system="ssd_tiny"), parts) is parts  # what they give may vary
    assert isinstance(given_data(TrainingSettings(system="ssd_tiny", cache="ram"), parts)[1], RamCache)
    with pytest.raises(DataError, match="yolov8n-seg needs masks, but the data sets have none"):
        given_data(TrainingSettings(system="yolov8n-seg"), parts)
