from typing import Any

import pytest

from boxwright.data.faults import FaultList
from boxwright.data.formats.coco.root_category import without_root_category

ROOT = {"id": 0, "name": "animals", "supercategory": "none"}
CAT = {"id": 1, "name": "cat", "supercategory": "animals"}
DOG = {"id": 2, "name": "dog", "supercategory": "animals"}


def test_a_root_without_objects_is_left_out_and_named() -> None:
    faults = FaultList("a.json")
    assert without_root_category([ROOT, CAT, DOG], [{"category_id": 2}], faults) == [CAT, DOG]
    (fault,) = faults.faults
    assert (fault.code, fault.severity) == ("root-category", "note")
    assert "'animals'" in fault.message


@pytest.mark.parametrize(
    ("categories", "annotations"),
    [
        ([ROOT, CAT, DOG], [{"category_id": 0}]),  # it has objects
        ([{**ROOT, "id": 3}, CAT, DOG], []),
        ([{**ROOT, "supercategory": "things"}, CAT], []),
        ([ROOT, CAT, {**DOG, "supercategory": "none"}], []),  # not above all
        ([ROOT], []),
        ([ROOT, "cat"], []),
    ],
)
def test_other_categories_stay(categories: list[Any], annotations: list[Any]) -> None:
    faults = FaultList("a.json")
    assert without_root_category(categories, annotations, faults) == categories
    assert faults.faults == []
