"""What a pickle may call, and with what: a call that takes more memory than the file has is refused."""

from typing import Any

from boxwright.errors import DataError
from boxwright.foreign_weights.pickle_names import HISTORY, REBUILDERS, Kind, kind_of_name, refused
from boxwright.foreign_weights.pickle_values import MOST_PARTS, Made, Name, Tuple, hashing_weight, weight_of

MOST_LETTERS = 2**26
"""Of text that calls copy."""

_MOST_OF_TENSOR = 6  # storage, beginning, shape, strides, whether it is trained, what is called then
_ENCODINGS = ("latin1", "latin-1")
_STATELESS = REBUILDERS | {"torch._utils._rebuild_parameter", "torch.device", "torch.Size", "storage"}


class CallJudge:
    """Judges the calls of one pickle; what they copy is added up, since one value can be copied without end."""

    def __init__(self) -> None:
        self._letters = self._parts = 0

    def made_by(self, name: Name, kind: Kind, arguments: Tuple) -> Made:
        """Gives the sign for what a call makes.

        Args:
            name: What is called.
            kind: As what it is let in.
            arguments: Of the call.

        Raises:
            DataError: The call has no place in a file of weights.
        """
        if kind in ("value", "storage"):
            raise DataError(f"the pickle in it calls {name.full}, which no file of weights does. Do not trust it.")
        if name.full == "builtins.getattr":
            _require_function_of_object(arguments)
        if name.full == "_codecs.encode" and arguments.parts[1:] not in [(word,) for word in _ENCODINGS]:
            raise refused(f"_codecs.encode with {str(arguments.parts[1:])[:100]}")
        if name.full in REBUILDERS:
            _require_within(arguments)
        elif kind == "call":
            return Made(name.full, weight=self._copied(arguments))
        return Made(name.full)

    def count_key(self, key: Any) -> None:
        """Counts what it takes to look a key up.

        Args:
            key: Of a dictionary.
        """
        weight = hashing_weight(key)
        if weight > 1:
            self._count(weight)

    def _copied(self, arguments: Tuple) -> int:
        """Counts what a call copies, and says how much it is."""
        letters = sum(len(part) for part in arguments.parts if isinstance(part, (str, bytes)))
        parts = sum(weight_of(part) for part in arguments.parts)
        self._letters += letters
        self._count(parts)
        if self._letters > MOST_LETTERS:
            raise DataError(f"the pickle in it copies {self._letters:,} letters. Do not trust it.")
        return 1 + letters + parts

    def _count(self, parts: int) -> None:
        self._parts += parts
        if self._parts > MOST_PARTS:
            raise DataError(f"the pickle in it copies or compares {self._parts:,} values. Do not trust it.")


def require_stateless(target: Any) -> None:
    """Raises if a pickle gives a tensor a state: that would make it another one.

    Args:
        target: What gets the state.

    Raises:
        DataError: It is a tensor, or no object.
    """
    if isinstance(target, Made) and target.by not in _STATELESS:
        return
    what = target.by if isinstance(target, Made) else "a value"
    raise DataError(f"the pickle in it gives a state to what {what} made, which has none. Do not trust it.")


def _require_function_of_object(arguments: Tuple) -> None:
    """Raises unless a plain attribute of an object is looked up, for which a shell stands.

    So a part of a network that was fused keeps its new `forward`, and MMDetection's history of a training its means.
    """
    parts = arguments.parts
    is_plain = len(parts) == 2 and isinstance(parts[1], str) and parts[1].isidentifier() and parts[1][0] != "_"
    if not is_plain or not (parts[0] == Name(HISTORY) or _is_object(parts[0])):
        raise refused("builtins.getattr")


def _is_object(value: Any) -> bool:
    return isinstance(value, Made) and value.by != "storage" and kind_of_name(value.by) == "shell"


def _require_within(arguments: Tuple) -> None:
    """Raises unless a tensor lies in its storage: torch would make the storage larger."""
    storage, offset, shape, strides = (*arguments.parts, None, None, None, None)[:4]
    lengths, steps = _whole(shape), _whole(strides)
    is_known = isinstance(storage, Made) and storage.by == "storage" and type(offset) is int and offset >= 0
    is_known = is_known and len(arguments.parts) <= _MOST_OF_TENSOR
    if not is_known or lengths is None or steps is None or len(lengths) != len(steps):
        raise DataError("a tensor in it is none: storage, beginning, shape and strides are needed. Do not trust it.")
    count = 1
    for length in lengths:
        count *= length
    end = offset + 1 + sum((length - 1) * step for length, step in zip(lengths, steps, strict=True)) if count else 0
    if max(end, count) > storage.numbers:
        shown = lengths if len(lengths) < 10 else lengths[:10]
        raise DataError(f"a tensor of {shown} claims more numbers than it has, {storage.numbers:,}. Do not trust it.")


def _whole(value: Any) -> tuple[int, ...] | None:
    """Gives a shape or strides, or nothing if it is none."""
    parts = value.parts if isinstance(value, Tuple) else None
    is_whole = parts is not None and all(type(part) is int and 0 <= part < 2**62 for part in parts)
    return parts if is_whole and parts is not None and len(parts) <= 64 else None
