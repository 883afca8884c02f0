"""The category that some exporters put above all others, and that no object has."""

from collections.abc import Iterable
from typing import Any

from boxwright.data.faults import FaultList

_NO_PARENT = (None, "", "none")


def without_root_category(categories: list[Any], annotations: Iterable[Any], faults: FaultList) -> list[Any]:
    """Leaves out a category with id 0 that is nothing but the parent of all others, as Roboflow writes it.

    Trained as a class it would never be found, and would count as one more class with AP 0 or none.

    Args:
        categories: As parsed.
        annotations: As parsed.
        faults: Told which category was left out.
    """
    if not all(isinstance(each, dict) for each in categories):
        return categories
    root = next((each for each in categories if each.get("id") == 0), None)
    others = [each for each in categories if each is not root]
    if root is None or not others or root.get("supercategory") not in _NO_PARENT:
        return categories
    if any(each.get("supercategory") != root.get("name") for each in others):
        return categories
    if any(isinstance(each, dict) and each.get("category_id") == 0 for each in annotations):
        return categories
    message = f"the category {root.get('name')!r} (id 0) has no object and is the supercategory of all others"
    faults.add("root-category", None, message)
    return others
