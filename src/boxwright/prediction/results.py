"""The results of many images, of which memory holds no more than a part."""

import pickle
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from typing import Any, overload

from boxwright.errors import counted
from boxwright.prediction.elsewhere import lacking
from boxwright.prediction.result import ELSEWHERE, Result

MOST_BYTES = 2**26
"""That are held in memory; beyond, results lie in a temporary file."""


class Results(Sequence[Result]):
    """The results of many images, in order, as a list gives them; a film may be as long as it likes.

    Each is unpacked when it is asked for. What can be read again is not kept: images that are files, frames of films.

    Args:
        found: By one model; are taken and put away one by one.
    """

    def __init__(self, found: Iterable[Result] = ()) -> None:
        self._file = SpooledTemporaryFile(MOST_BYTES, prefix="boxwright-")  # noqa: SIM115  as long as this lives
        weakref.finalize(self, self._file.close)
        self._starts: list[int] = []
        self._names: Mapping[int, str] = {}
        for result in found:
            self._names = result.names
            self._starts.append(self._file.tell())
            pixels = result.pixels if result.path is None and result.video is None else None
            pickle.dump(replace(result, names={}, pixels=pixels), self._file)

    def __len__(self) -> int:
        """Number of images."""
        return len(self._starts)

    @overload
    def __getitem__(self, index: int) -> Result: ...
    @overload
    def __getitem__(self, index: slice) -> list[Result]: ...
    def __getitem__(self, index: int | slice) -> Result | list[Result]:
        """Gives the result of one image, or of several."""
        if isinstance(index, slice):
            return [self[place] for place in range(len(self))[index]]
        self._file.seek(self._starts[index])
        result: Result = pickle.load(self._file)
        return replace(result, names=self._names)

    def __iter__(self) -> Iterator[Result]:
        """Gives one result after the other."""
        return (self[place] for place in range(len(self)))

    def __getattr__(self, name: str) -> Any:
        """Answers names that each of the results has."""
        known = {*dir(Result), *ELSEWHERE} if not name.startswith("_") else set()
        answers = {name: f"results[0].{name}, or `for result in results`: one for every image"} if name in known else {}
        raise lacking("Results have", name, answers)

    def __repr__(self) -> str:
        """Lists what was found, a line per image."""
        shown = 10
        lines = [repr(self[place]) for place in range(min(shown, len(self)))]
        more = [f"and {counted(len(self) - shown, 'image')} more"] if len(self) > shown else []
        return "\n".join([*lines, *more]) or "no images"
