"""What is in a pickle, found out without running it."""

import pickletools
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BufferedIOBase
from typing import IO, Any, cast

from boxwright.errors import DataError
from boxwright.foreign_weights.pickle_calls import CallJudge, require_stateless
from boxwright.foreign_weights.pickle_names import ITEM_BYTES, Kind, kind_of_name
from boxwright.foreign_weights.pickle_values import Container, Made, Name, Tuple, hashing_weight, tuple_of

MOST_STEPS = 1_000_000
MOST_BYTES = 2**26
MOST_NAMES = 2000
LONGEST_NAME = 500


@dataclass(frozen=True, slots=True)
class Storage:
    """The place of the numbers of tensors, as a pickle claims it.

    Args:
        key: Names it in the file.
        kind: Name of its class.
        num_bytes: That it takes.
    """

    key: str
    kind: str
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


_MARK = object()


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
        self.judge = CallJudge()

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
        if len(full) > LONGEST_NAME or len(self.listing.names) > MOST_NAMES:
            raise DataError(
                f"the pickle in it has names without end: over {MOST_NAMES:,}, or one of {len(full):,} letters. Do not "
                "trust it."
            )
        if full != "builtins.getattr":  # which is judged by what it is called with
            self.listing.names[full] = kind_of_name(full)
        self.push(Name(full))

    def call(self) -> None:
        arguments, function = self.pop(), self.pop()
        if not isinstance(function, Name) or not isinstance(arguments, Tuple):
            raise DataError("the pickle in it calls what is no name. Do not trust it.")
        kind = self.listing.names.get(function.full, "shell")
        self.push(self.judge.made_by(function, kind, arguments))
        self.listing.names[function.full] = kind

    def load_storage(self) -> None:
        claimed = self.pop()
        parts = claimed.parts if isinstance(claimed, Tuple) else ()
        if len(parts) < 5 or parts[0] != "storage" or not isinstance(parts[1], Name):
            raise DataError(
                "the pickle in it refers to something outside of itself that is no storage. If a torch older than 1.6 "
                "wrote the whole network, ask its maker for the state dictionary."
            )
        key, count, size = parts[2], parts[4], ITEM_BYTES.get(parts[1].full)
        if not isinstance(key, str) or size is None or type(count) is not int or count < 0:
            raise DataError(
                f"the pickle in it has a storage {str(key)[:100]} of no known name, size and kind. Do not trust it."
            )
        if parts[5:] not in ((), (None,)):
            raise DataError(f"the pickle in it has a storage {key[:100]} that is a part of another. Do not trust it.")
        claimed = Storage(key, parts[1].full, count * size)
        if self.listing.storages.setdefault(key, claimed) != claimed:
            raise DataError(f"the pickle in it has two storages {key[:100]}, of other size or kind. Do not trust it.")
        self.push(Made("storage", count))

    def set_items(self, target: Any, added: list[Any]) -> None:
        for key in added[::2]:
            self.judge.count_key(key)
        self._add_weight(target, added)
        if isinstance(target, Made) and target.by not in ("collections.OrderedDict", "collections.Counter"):
            self.listing.mappings.add(target.by)

    def add_items(self, target: Any, added: list[Any]) -> None:
        self._add_weight(target, added)
        if isinstance(target, Made):
            self.listing.sequences.add(target.by)

    def _add_weight(self, target: Any, added: list[Any]) -> None:
        if isinstance(target, (Container, Made)):
            target.weight += sum(hashing_weight(value) for value in added)

    def stop(self) -> None:
        value = self.pop()
        self.listing.constants.append(value if isinstance(value, int) else None)


def _build(walk: _Walk, _: Any) -> None:
    walk.pop()
    require_stateless(walk.stack[-1])


def _take_marked(add: str) -> Callable[[_Walk, Any], None]:
    def step(walk: _Walk, _: Any) -> None:
        added = walk.pop_marked()
        getattr(walk, add)(walk.stack[-1], added)

    return step


def _take_one(add: str, count: int) -> Callable[[_Walk, Any], None]:
    def step(walk: _Walk, _: Any) -> None:
        added = [walk.pop() for _number in range(count)][::-1]
        getattr(walk, add)(walk.stack[-1], added)

    return step


def _push_container(walk: _Walk, _: Any) -> None:
    walk.push(Container())


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
    "TUPLE": lambda walk, argument: walk.push(tuple_of(walk.pop_marked())),
    "TUPLE1": lambda walk, argument: walk.push(tuple_of([walk.pop()])),
    "TUPLE2": lambda walk, argument: walk.push(tuple_of([walk.pop() for _ in range(2)][::-1])),
    "TUPLE3": lambda walk, argument: walk.push(tuple_of([walk.pop() for _ in range(3)][::-1])),
    "EMPTY_TUPLE": lambda walk, argument: walk.push(tuple_of([])),
    "EMPTY_LIST": _push_container,
    "EMPTY_DICT": _push_container,
    "EMPTY_SET": _push_container,
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
