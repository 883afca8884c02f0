import dataclasses

import pytest

from boxwright.assigners import TaskAlignedAssigner
from boxwright.systems import build_system


def test_a_part_is_exchanged_and_the_rest_is_kept() -> None:
    system = build_system("yolov8n", 2)
    assigner = TaskAlignedAssigner(topk=3)
    changed = dataclasses.replace(system, criterion=dataclasses.replace(system.criterion, assigner=assigner))
    assert changed.criterion.assigner is assigner
    assert changed.detector is system.detector


def test_it_cannot_be_changed_in_place() -> None:
    system = build_system("yolov8n", 2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        system.num_classes = 3  # type: ignore[misc]
