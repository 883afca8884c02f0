"""What is in a pickle, found out without running it."""

import pickletools
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BufferedIOBase
from typing import IO, Any, cast

from boxwright.errors import DataError
from boxwright.foreign_weights.pickle_names import HISTORY, ITEM_BYTES, Kind, kind_of_name, refused

MOST_STEPS = 4_000_000
MOST_BYTES = 2**26
DEEPEST = 64  # tuples in tuples: Python itself falls over a few ten thousand

_ENCODINGS = ("latin1", "latin-1")


@dataclass(frozen=True, slots=True)
class Storage:
    """The place of the numbers of tensors, as a pickle claims it.

    Args:
        key: Names it in the file.
        num_bytes: That it takes.
    """

    key: str
    num_bytes: int


@dataclass(slots=True)
class PickleListing:
    """What a pickle names and claims.

    Args:
        names: Every name in it, and as what it is let in.
        storages: Key → what is claimed of the storage.
        mappings: Names whose objects get entries as dictionaries do.
        sequences: Names whose objects get entries as lists do.
        constants: Numbers of the outermost level that stand for themselves, such as the magic number of a file.
    """

    names: dict[str, Kind] = field(default_factory=dict)
    storages: dict[str, Storage] = field(default_factory=dict)
    mappings: set[str] = field(default_factory=set)
    sequences: set[str] = field(default_factory=set)
    constants: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Name:
    """A name, in place of what it means."""

    full: str


@dataclass(frozen=True, slots=True)
class _Made:
    """What calling a name would make, in place of the call."""

    by: str


@dataclass(frozen=True, slots=True)
class _Tuple:
    parts: tuple[Any, ...]
    depth: int


class _Opaque:
    """A list, dictionary or set, whose entries are of no concern."""


_OPAQUE, _MARK = _Opaque(), object()


def list_pickle(file: BufferedIOBase, listing: PickleListing) -> None:
    """Walks through one pickle and writes down what it names; of everything that it would make stands a sign.

    Args:
        file: At the start of the pickle; afterwards behind its end.
        listing: Is added to.

    Raises:
        DataError: A name is refused, a step is none that weights need, or there is no end to it.
    """
    walk, start = _Walk(listing), file.tell()
    try:
        for number, (opcode, argument, place) in enumerate(pickletools.genops(cast(IO[bytes], file))):
            if number > MOST_STEPS or (place or 0) - start > MOST_BYTES:
                raise DataError(f"the pickle in it is longer than weights need ({number:,} steps). Do not trust it.")
            step = _STEPS.get(opcode.name)
            if step is None:
                raise DataError(
                    f"the pickle in it has a step {opcode.name} that files of torch do not have. Write it by "
                    "torch.save with its usual pickle protocol, 2."
                )
            step(walk, argument)
    except (ValueError, IndexError, KeyError, AttributeError, TypeError, OverflowError, MemoryError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"the pickle in it is damaged ({error}). Get the file again.") from error


class _Walk:
    """The stack and the memo of a pickle, holding signs."""

    def __init__(self, listing: PickleListing) -> None:
        self.listing = listing
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def pop(self) -> Any:
        value = self.stack.pop()
        if value is _MARK:
            raise ValueError("a mark in place of a value")
        return value

    def pop_marked(self) -> list[Any]:
        values: list[Any] = []
        while (value := self.stack.pop()) is not _MARK:
            values.append(value)
        return values[::-1]

    def push_tuple(self, parts: list[Any]) -> None:
        depth = 1 + max((part.depth for part in parts if isinstance(part, _Tuple)), default=0)
        if depth > DEEPEST:
            raise DataError(f"the pickle in it nests tuples more than {DEEPEST} deep. Do not trust it.")
        self.push(_Tuple(tuple(parts), depth))

    def require_protocol(self, number: int) -> None:
        if number != 2:
            raise DataError(
                f"its pickle has protocol {number}; files of torch have 2. Write it by torch.save as usual."
            )

    def push_name(self, words: str) -> None:
        module, _, name = words.partition(" ")
        if (module, name) in NAME_MAPPING:
            module, name = NAME_MAPPING[module, name]
        module = IMPORT_MAPPING.get(module, module)
        full = f"{module}.{name}"
        if full != "builtins.getattr":  # which is judged by what it is called with
            self.listing.names[full] = kind_of_name(full)
        self.push(_Name(full))

    def call(self) -> None:
        arguments, function = self.pop(), self.pop()
        if not isinstance(function, _Name) or not isinstance(arguments, _Tuple):
            raise DataError("the pickle in it calls what is no name. Do not trust it.")
        if function.full == "builtins.getattr":
            self._require_attribute_of_history(arguments)
        if function.full == "_codecs.encode" and arguments.parts[1:] not in [(word,) for word in _ENCODINGS]:
            raise refused(f"_codecs.encode with {arguments.parts[1:]!r}")
        self.push(_Made(function.full))

    def _require_attribute_of_history(self, arguments: _Tuple) -> None:
        parts = arguments.parts
        is_plain = len(parts) == 2 and isinstance(parts[1], str) and not parts[1].startswith("_")
        if not is_plain or parts[0] != _Name(HISTORY):
            raise refused("builtins.getattr")
        self.listing.names["builtins.getattr"] = "shell"

    def load_storage(self) -> None:
        claimed = self.pop()
        parts = claimed.parts if isinstance(claimed, _Tuple) else ()
        if len(parts) < 5 or parts[0] != "storage" or not isinstance(parts[1], _Name):
            raise DataError(
                "the pickle in it refers to something outside of itself that is no storage. If a torch older than 1.6 "
                "wrote the whole network, ask its maker for the state dictionary."
            )
        key, count, size = str(parts[2]), parts[4], ITEM_BYTES.get(parts[1].full)
        if size is None or not isinstance(count, int) or count < 0:
            raise DataError(f"the pickle in it has a storage {key} of {count} numbers of kind {parts[1].full}.")
        known = self.listing.storages.setdefault(key, Storage(key, count * size))
        if known.num_bytes < count * size:
            self.listing.storages[key] = Storage(key, count * size)
        self.push(_Made("storage"))

    def set_items(self, target: Any) -> None:
        if isinstance(target, _Made) and target.by not in ("collections.OrderedDict", "collections.Counter"):
            self.listing.mappings.add(target.by)

    def add_items(self, target: Any) -> None:
        if isinstance(target, _Made):
            self.listing.sequences.add(target.by)

    def stop(self) -> None:
        value = self.pop()
        self.listing.constants.append(value if isinstance(value, int) else None)


def _build(walk: _Walk, _: Any) -> None:
    walk.pop()
    walk.stack[-1]


def _take_marked(add: str) -> Callable[[_Walk, Any], None]:
    def step(walk: _Walk, _: Any) -> None:
        walk.pop_marked()
        getattr(walk, add)(walk.stack[-1])

    return step


def _take_one(add: str, count: int) -> Callable[[_Walk, Any], None]:
    def step(walk: _Walk, _: Any) -> None:
        for _number in range(count):
            walk.pop()
        getattr(walk, add)(walk.stack[-1])

    return step


def _push_opaque(walk: _Walk, _: Any) -> None:
    walk.push(_OPAQUE)


def _push_argument(walk: _Walk, argument: Any) -> None:
    walk.push(argument)


_STEPS: dict[str, Callable[[_Walk, Any], None]] = {
    "PROTO": lambda walk, argument: walk.require_protocol(argument),
    "GLOBAL": lambda walk, argument: walk.push_name(argument),
    "REDUCE": lambda walk, argument: walk.call(),
    "NEWOBJ": lambda walk, argument: walk.call(),
    "BUILD": _build,
    "BINPERSID": lambda walk, argument: walk.load_storage(),
    "APPEND": _take_one("add_items", 1),
    "APPENDS": _take_marked("add_items"),
    "SETITEM": _take_one("set_items", 2),
    "SETITEMS": _take_marked("set_items"),
    "MARK": lambda walk, argument: walk.push(_MARK),
    "TUPLE": lambda walk, argument: walk.push_tuple(walk.pop_marked()),
    "TUPLE1": lambda walk, argument: walk.push_tuple([walk.pop()]),
    "TUPLE2": lambda walk, argument: walk.push_tuple([walk.pop() for _ in range(2)][::-1]),
    "TUPLE3": lambda walk, argument: walk.push_tuple([walk.pop() for _ in range(3)][::-1]),
    "EMPTY_TUPLE": lambda walk, argument: walk.push_tuple([]),
    "EMPTY_LIST": _push_opaque,
    "EMPTY_DICT": _push_opaque,
    "EMPTY_SET": _push_opaque,
    "NONE": lambda walk, argument: walk.push(None),
    "NEWTRUE": lambda walk, argument: walk.push(True),
    "NEWFALSE": lambda walk, argument: walk.push(False),
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "BINFLOAT", "BINUNICODE", "LONG1"), _push_argument),
    "SHORT_BINSTRING": _push_argument,
    "BINGET": lambda walk, argument: walk.push(walk.memo[argument]),
    "LONG_BINGET": lambda walk, argument: walk.push(walk.memo[argument]),
    "BINPUT": lambda walk, argument: walk.memo.__setitem__(argument, walk.stack[-1]),
    "LONG_BINPUT": lambda walk, argument: walk.memo.__setitem__(argument, walk.stack[-1]),
    "STOP": lambda walk, argument: walk.stop(),
}
