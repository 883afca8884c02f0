"""What is odd about COCO annotations that are used all the same."""

import math
from collections import Counter
from typing import Any

from boxwright.data.faults import FaultList
from boxwright.errors import counted


def say_odd_entries(entries: list[Any], faults: FaultList) -> None:
    """Says, once each, which ids stand twice and which areas are none; the area of the box stands in for these.

    Args:
        entries: The annotations of a document, whatever they are.
        faults: Takes a line for each kind.
    """
    objects = [entry for entry in entries if isinstance(entry, dict)]
    ids = [entry["id"] for entry in objects if isinstance(entry.get("id"), int | str)]
    if len(set(ids)) < len(ids):
        repeated = [identity for identity, times in Counter(ids).items() if times > 1]
        text = f"{counted(len(repeated), 'annotation id')} used more than once (first: {repeated[0]!r})"
        faults.add("id-repeated", None, text)
    odd = [entry for entry in objects if not _is_area(entry.get("area", 1))]
    if odd:
        first = odd[0]
        text = f"{counted(len(odd), 'annotation')} with an area that is no number over 0"
        faults.add("area-odd", None, f"{text} (first: annotation {first.get('id')!r}, area {first['area']!r})")


def _is_area(value: Any) -> bool:
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return value is None
    return value > 0 and (isinstance(value, int) or math.isfinite(value))
