"""What the rows of label files are taken for, where a row alone does not tell."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from boxwright.data.faults import FaultList
from boxwright.data.formats.box_check import UnsoundError
from boxwright.errors import DataError, counted

BOX_COLUMNS = 5
FEWEST_POLYGON_COLUMNS = 7

_ORIENTED_BOX = 9  # columns: a class and four corners
_OFTEN = 0.5  # share of rows that look like key points, from which that is said
_SLACK = 0.02  # of the image; key points may lie a little outside of their box
_VISIBILITIES = (0.0, 1.0, 2.0)


def key_point_columns(content: dict[Any, Any], path: Path) -> int | None:
    """Gives the number of columns that key points take, by `kpt_shape`; None without it.

    Args:
        content: Of data.yaml, as text.
        path: The file, for messages.

    Raises:
        DataError: `kpt_shape` is not a number of points and 2 or 3 values for each.
    """
    stated = content.get("kpt_shape")
    if stated is None:
        return None
    numbers = [int(each) for each in stated if str(each).isdecimal()] if isinstance(stated, list) else []
    if len(numbers) != 2 or len(stated) != 2 or numbers[1] not in (2, 3):
        raise DataError(
            f"{path}: kpt_shape must be the number of key points and 2 or 3 values for each, as in [17, 3]; found "
            f"{str(stated)[:200]}. Correct it, or leave it out if the rows have no key points."
        )
    return numbers[0] * numbers[1]


@dataclass
class RowForms:
    """Cuts rows down to a box or a polygon, and counts what was taken for what.

    Args:
        key_points: Columns of key points after each box, or None if nothing says that there are any.
        counts: Rows by what they were taken for, with the place of the first one.
        lengths: Numbers of columns of polygons.
    """

    key_points: int | None = None
    counts: dict[str, tuple[int, str]] = field(default_factory=dict)
    lengths: set[int] = field(default_factory=set)

    def cut(self, words: list[str], place: str) -> list[str]:
        """Gives the columns that are read: class and box, or class and polygon.

        Args:
            words: Of a row.
            place: File and line.

        Raises:
            UnsoundError: The number of columns fits nothing.
        """
        count = len(words)
        if count == BOX_COLUMNS:
            return words
        if self.key_points is not None:
            return self._cut_key_points(words, place)
        if count == BOX_COLUMNS + 1 and _is_track(words[-1]):
            self._count("track", place)
            return words[:BOX_COLUMNS]
        if count < FEWEST_POLYGON_COLUMNS or count % 2 == 0:
            raise UnsoundError(
                "wrong-columns", f"{counted(count, 'column')}{_hint(words)}; a box has 5, a polygon 7, 9, 11 …"
            )
        return words

    def see_polygon(self, values: Sequence[float], place: str) -> None:
        """Counts a row that is taken for a polygon, and whether it could be something else.

        Args:
            values: All columns but the class.
            place: File and line.
        """
        self.lengths.add(len(values) + 1)
        self._count("oriented" if len(values) + 1 == _ORIENTED_BOX else "polygon", place)
        if looks_like_key_points(values):
            self._count("key points", place)

    def say(self, faults: FaultList) -> None:
        """Says what rows were taken for, once for each kind.

        Args:
            faults: Takes it.
        """
        polygons = [self.counts[kind] for kind in ("polygon", "oriented") if kind in self.counts]
        doubtful = self.counts.get("key points", (0, ""))
        total = sum(count for count, _ in polygons)
        if len(self.lengths) == 1 and doubtful[0] > _OFTEN * total:  # key points are as many in every row
            text = (
                f"{total:,} rows of 7 and more columns are taken for a class and a polygon, but {doubtful[0]:,} of "
                f"them look like a box with key points (first: {doubtful[1]})"
            )
            faults.add("rows-doubtful", None, text, cure="if they are, write kpt_shape: [points, 2 or 3] in data.yaml")
        else:
            self._say(faults, "rows-taken-for", "polygon", "of 7 and more columns: a class and a polygon")
            self._say(faults, "rows-taken-for", "oriented", "of 9 columns: a class and a polygon of four points")
        shape = f"of {BOX_COLUMNS + (self.key_points or 0)} columns: a box, its key points are left out"
        self._say(faults, "rows-taken-for", "pose", shape)
        self._say(faults, "column-left-out", "track", "with a whole number at the end: a track number, left out")

    def _say(self, faults: FaultList, code: str, kind: str, what: str) -> None:
        count, first = self.counts.get(kind, (0, ""))
        if count:
            faults.add(code, None, f"{counted(count, 'row')} {what} (first: {first})")

    def _cut_key_points(self, words: list[str], place: str) -> list[str]:
        assert self.key_points is not None
        whole = BOX_COLUMNS + self.key_points
        is_tracked = len(words) in (whole + 1, BOX_COLUMNS + 1) and _is_track(words[-1])
        if len(words) - is_tracked not in (whole, BOX_COLUMNS):
            raise UnsoundError(
                "wrong-columns",
                f"{counted(len(words), 'column')}; by kpt_shape a row has {whole}, or {BOX_COLUMNS} without points",
            )
        if is_tracked:
            self._count("track", place)
        if len(words) >= whole:
            self._count("pose", place)
        return words[:BOX_COLUMNS]

    def _count(self, kind: str, place: str) -> None:
        count, first = self.counts.get(kind, (0, place))
        self.counts[kind] = (count + 1, first)


def looks_like_key_points(values: Sequence[float]) -> bool:
    """Says whether a row looks like a box and points in it, with or without their visibility, and not like a polygon.

    In a polygon the second point is not far from the others; in a box it is a width and a height.

    Args:
        values: All columns but the class.
    """
    (x, y, width, height), rest = values[:4], values[4:]
    if min(width, height) <= 0:
        return False
    has_visibility = len(rest) % 3 == 0 and all(value in _VISIBILITIES for value in rest[2::3])
    step = 3 if has_visibility else 2
    points = [(rest[place], rest[place + 1]) for place in range(0, len(rest) - 1, step)]
    points = [point for point in points if point != (0, 0)]  # those that were not seen
    wide, high = width / 2 + _SLACK, height / 2 + _SLACK
    if not all(abs(px - x) <= wide and abs(py - y) <= high for px, py in points):
        return False
    xs, ys = zip((x, y), *points, strict=True)
    far = max(max(xs) - min(xs), max(ys) - min(ys))
    is_near = min(xs) - far <= width <= max(xs) + far and min(ys) - far <= height <= max(ys) + far
    return has_visibility or not is_near


def _is_track(word: str) -> bool:
    return word.removeprefix("-").isdecimal()


def _hint(words: Sequence[str]) -> str:
    count = len(words)
    if count == BOX_COLUMNS + 1:
        return " (the sixth looks like a score: these are predictions)"
    try:
        values = [float(word) for word in words[1:]]
    except ValueError:
        return ""
    if count > BOX_COLUMNS + 2 and (count - BOX_COLUMNS) % 3 == 0 and looks_like_key_points(values):
        points = (count - BOX_COLUMNS) // 3
        return f" (they look like a box and {points} key points: then write kpt_shape: [{points}, 3] in data.yaml)"
    if count > FEWEST_POLYGON_COLUMNS and _is_track(words[-1]):
        return " (the last looks like a track number: then take it out)"
    return ""
