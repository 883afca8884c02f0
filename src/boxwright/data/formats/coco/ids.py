"""The ids of a COCO file."""

from collections.abc import Sequence
from typing import Any

from boxwright.data.faults import FaultList
from boxwright.data.formats.losses import Losses

_LEAST, _LAST = -(2**63), 2**63 - 1  # what a table holds


def identity_of(value: Any) -> int | str | None:
    """Gives an id as it is compared: a whole number, however it is written, or a text; None for what is no id.

    COCO has whole numbers. Programs also write `7.0`, hashes of 128 bits, and file names.

    Args:
        value: As parsed.
    """
    if isinstance(value, float) and value.is_integer():
        return int(value)
    is_id = (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, str) and value)
    return value if is_id else None


def table_ids(ids: Sequence[int | str], faults: FaultList, unread: Losses) -> list[int]:
    """Gives image ids as whole numbers of 64 bits: as they are, or counted from 1 if one of them is none, and says so.

    Args:
        ids: In the order of the file.
        faults: Takes a note.
        unread: Takes the same, for those who write the data again.
    """
    kept = [each for each in ids if isinstance(each, int) and _LEAST <= each <= _LAST]
    if len(kept) == len(ids):
        return kept
    odd = next(each for each in ids if each not in kept)
    faults.add("image-id", None, f"the image id {odd!r:.60} is no whole number of 64 bits; images are numbered from 1")
    unread.note("image ids that are no whole numbers of 64 bits, numbered from 1", f"{odd!r:.60} was the first")
    return list(range(1, len(ids) + 1))
