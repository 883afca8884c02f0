"""What is odd about COCO annotations that are used all the same."""

import math
from collections import Counter
from typing import Any

import numpy as np

from boxwright.data.formats.coco.plain_entries import Entries, PlainEntries
from boxwright.errors import counted


def odd_entries(entries: Entries) -> list[tuple[str, str]]:
    """Says, once each, which ids stand twice and which areas are none; the area of the box stands in for these.

    Args:
        entries: The annotations of a document, whatever they are.

    Returns:
        Code and text of each.
    """
    found = []
    if _may_repeat(entries):
        objects = [entry for entry in entries if isinstance(entry, dict)]
        ids = Counter(entry["id"] for entry in objects if isinstance(entry.get("id"), int | str))
        repeated = [identity for identity, times in ids.items() if times > 1]
        if repeated:
            text = f"{counted(len(repeated), 'annotation id')} used more than once (first: {repeated[0]!r})"
            found.append(("id-repeated", text))
    parsed = (entry for group in entries.groups if not isinstance(group, PlainEntries) for entry in group)
    odd = [entry for entry in parsed if isinstance(entry, dict) and not _is_area(entry.get("area", 1))]
    if odd:
        first = odd[0]
        text = f"{counted(len(odd), 'annotation')} with an area that is no number over 0"
        found.append(("area-odd", f"{text} (first: annotation {first.get('id')!r}, area {first['area']!r})"))
    return found


def _may_repeat(entries: Entries) -> bool:
    """Says whether an id may stand twice: it does not where all of them are different whole numbers."""
    plain = [group.ids for group in entries.groups if isinstance(group, PlainEntries)]
    if len(plain) < len(entries.groups):
        return True
    ids = np.sort(np.concatenate([np.zeros(0, np.int64), *plain]))
    return bool((ids[1:] == ids[:-1]).any())


def _is_area(value: Any) -> bool:
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return value is None
    return value > 0 and (isinstance(value, int) or math.isfinite(value))
