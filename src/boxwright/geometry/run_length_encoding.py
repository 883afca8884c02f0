"""Masks in COCO's run-length encoding (RLE), and the compressed text form of its counts.

Each number is written in groups of five bits, lowest first, as characters from "0" on; a sixth bit says that more
groups follow. From the fourth number on, what is written is the difference to the number two places before.

Source: the COCO API (rleToString and rleFrString), https://github.com/cocodataset/cocoapi.
"""

from typing import Any

import torch
from jaxtyping import Int64
from torch import Tensor

from boxwright.errors import DataError, counted

_ZERO = 48  # the character "0"
_LONGEST = 12  # groups of five bits that fit into 64
_PIECE = 2**16  # numbers that are written at once, each takes a few hundred bytes meanwhile


def write_counts(counts: Int64[Tensor, "counts"]) -> str:
    """Writes run lengths as text.

    Args:
        counts: Lengths of the runs outside and inside by turns, outside first.
    """
    values = counts.clone()
    values[3:] -= counts[1:-2]
    return "".join(_groups_of(part) for part in values.split(_PIECE))


def _groups_of(values: Tensor) -> str:
    places = torch.arange(_LONGEST)
    # a number is complete where what is left of it is the sign of the last group
    rest = values[:, None] >> (5 * (places + 1))
    sign = -((values[:, None] >> (5 * places + 4)) & 1)
    is_complete = rest == sign
    length = is_complete.int().argmax(dim=1) + 1
    groups = (values[:, None] >> (5 * places)) & 31
    groups += 32 * (places < length[:, None] - 1)
    kept = groups[places < length[:, None]]
    return bytes((kept + _ZERO).to(torch.uint8).tolist()).decode("ascii")


def read_counts(text: str | bytes) -> Int64[Tensor, "counts"]:
    """Reads run lengths from text.

    Args:
        text: As COCO stores it under `counts`.

    Raises:
        DataError: A character is none of the format, or the last number is not complete.
    """
    encoded = text if isinstance(text, bytes) else text.encode("utf-8")
    if not encoded:
        return torch.zeros(0, dtype=torch.int64)
    codes = torch.frombuffer(bytearray(encoded), dtype=torch.uint8).long() - _ZERO
    if bool(((codes < 0) | (codes > 63)).any()) or int(codes[-1]) & 32:
        raise DataError(
            f"Run lengths {_shortened(encoded)!r} are not in COCO's compressed form. Export the masks again."
        )
    is_last = (codes & 32) == 0
    number = torch.cumsum(is_last, 0) - is_last.long()
    place = (
        torch.arange(len(codes)) - torch.cat((torch.zeros(1, dtype=torch.int64), is_last.nonzero()[:-1, 0] + 1))[number]
    )
    if int(place.max()) >= _LONGEST:
        raise DataError(f"Run lengths {_shortened(encoded)!r} hold a number beyond 60 bits. Export the masks again.")
    counts = torch.zeros(int(number[-1]) + 1, dtype=torch.int64)
    counts.index_add_(0, number, (codes & 31) << (5 * place))
    ends = is_last.nonzero()[:, 0]
    counts -= ((codes[ends] & 16) != 0).long() << (5 * (place[ends] + 1))
    counts[1::2] = counts[1::2].cumsum(0)
    counts[2::2] = counts[2::2].cumsum(0)
    return counts


def runs_of_counts(counts: Int64[Tensor, "counts"]) -> tuple[Int64[Tensor, "runs"], Int64[Tensor, "runs"]]:
    """Turns run lengths into the positions where the runs inside start and end; empty ones are left out.

    Args:
        counts: Lengths of the runs outside and inside by turns, outside first.
    """
    ends = counts.cumsum(0)
    start, end = ends[:-1][::2], ends[1::2]
    return start[start < end], end[start < end]


def read_rle(entry: dict[str, Any], size: tuple[int, int]) -> tuple[Int64[Tensor, "runs"], Int64[Tensor, "runs"]]:
    """Reads one mask in COCO's form; gives the positions where its runs start and end.

    Args:
        entry: `{"size": [height, width], "counts": …}`, the counts as text or as a list of numbers.
        size: Height and width of the image in pixels.

    Raises:
        DataError: The mask is of another size, or its counts do not cover the image exactly.
    """
    found = tuple(entry["size"])
    if found != size:
        raise DataError(
            f"an RLE of size {found} (height, width) belongs to an image of {size}. Export the masks again."
        )
    counts = entry["counts"]
    lengths = read_counts(counts) if isinstance(counts, str | bytes) else torch.tensor(counts, dtype=torch.int64)
    if int(lengths.sum()) != size[0] * size[1] or bool((lengths < 0).any()):
        raise DataError(
            f"the counts of an RLE cover {counted(int(lengths.sum()), 'pixel')}, the image has {size[0] * size[1]}. "
            "Export the "
            "masks again."
        )
    return runs_of_counts(lengths)


def write_rle(start: Int64[Tensor, "runs"], end: Int64[Tensor, "runs"], size: tuple[int, int]) -> dict[str, Any]:
    """Writes one mask in COCO's compressed form.

    Args:
        start: Positions where its runs start, ascending.
        end: Positions where they end.
        size: Height and width of the image in pixels.
    """
    edges = torch.stack((start, end), dim=1).reshape(-1)
    counts = torch.diff(edges, prepend=edges.new_zeros(1), append=edges.new_full((1,), size[0] * size[1]))
    if len(counts) > 1 and not int(counts[-1]):
        counts = counts[:-1]  # the image ends inside the mask
    return {"size": list(size), "counts": write_counts(counts)}


def _shortened(encoded: bytes) -> bytes:
    return encoded if len(encoded) < 40 else encoded[:37] + b"..."
