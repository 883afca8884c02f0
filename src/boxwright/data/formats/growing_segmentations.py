"""Segmentations while they are read."""

from array import array

import numpy as np

from boxwright.data.formats.segmentations import Segmentation, Segmentations

_NUMBERS = 2**16  # that wait as objects, before they are put into the arrays


class GrowingSegmentations:
    """Takes segmentations one by one, or many at a time, into the arrays of `Segmentations`.

    A number of an outline takes 32 bytes as an object in a list and 8 in an array, so only a few wait as objects.
    """

    def __init__(self) -> None:
        self._waiting: list[Segmentation] = []
        self._weight, self._length = 0, 0
        self._rings, self._ring_points, self._texts = array("q", [0]), array("q", [0]), array("q", [0])
        self._points, self._text = array("d"), bytearray()

    def __len__(self) -> int:
        """Number of objects."""
        return self._length

    def add(self, found: Segmentation) -> None:
        """Takes the segmentation of the next object.

        Args:
            found: One that was checked (see `sound_segmentation`), or nothing.
        """
        self._waiting.append(found)
        self._length += 1
        self._weight += 1 + (len(found["counts"]) if isinstance(found, dict) else sum(map(len, found or ())))
        if self._weight >= _NUMBERS:
            self._settle()

    def extend(self, found: Segmentations) -> None:
        """Takes those of the next objects.

        Args:
            found: In their order.
        """
        self._settle()
        self._length += len(found)
        self._append(found)

    def repeat(self, first: int, last: int) -> None:
        """Takes those of some objects once more.

        Args:
            first: The first of them.
            last: The object after the last.
        """
        self._settle()
        self.extend(self._view().take(np.arange(first, last)))

    def finished(self) -> Segmentations:
        """Gives all of them; nothing can be added any more."""
        self._settle()
        return self._view()

    def _settle(self) -> None:
        waiting, self._waiting, self._weight = self._waiting, [], 0
        if waiting:
            self._append(Segmentations.from_raw(waiting))

    def _append(self, found: Segmentations) -> None:
        for ends, more in (
            (self._rings, found.rings),
            (self._ring_points, found.ring_points),
            (self._texts, found.texts),
        ):
            ends.frombytes((more[1:] + ends[-1]).tobytes())
        self._points.frombytes(found.points.tobytes())
        self._text += found.text.tobytes()

    def _view(self) -> Segmentations:
        """Gives the arrays without a copy; they cannot grow while it is there."""
        return Segmentations(
            np.frombuffer(self._rings, dtype=np.int64),
            np.frombuffer(self._ring_points, dtype=np.int64),
            np.frombuffer(self._points, dtype=np.float64).reshape(-1, 2),
            np.frombuffer(self._texts, dtype=np.int64),
            np.frombuffer(self._text, dtype=np.uint8),
        )
