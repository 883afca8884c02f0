"""Whole files that try to do harm or to fill the memory, for every command that reads weights.

Each entry writes a file: what the error says of it → how it is written, given where to and the canary.
"""

import gzip
import io
import json
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tests.unit.foreign_weights.hostile import Reduced, named, write_archive
from tests.unit.foreign_weights.pickle_steps import (
    END,
    START,
    again,
    called,
    kept,
    mapping,
    name,
    nested_tuples,
    number,
    numbers,
    storage,
    tensor,
    text,
)

ZEROS = ("archive/data/0", bytes(16))
MAGIC = b"".join(pickle.dumps(value, protocol=2) for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}))
MANY = 60_000_000

Writer = Callable[[Path, Path], Any]


def in_archive(content: bytes, *further: tuple[str, bytes]) -> Writer:
    return lambda path, canary: write_archive(path, content, *(further or (ZEROS,)))


def in_pickle(*steps: bytes) -> Writer:
    return in_archive(START + b"".join(steps) + END)


def _state(value: bytes) -> Writer:
    return in_pickle(mapping(weight=value))


def _raw(content: bytes) -> Writer:
    return lambda path, canary: path.write_bytes(content)


def _command(canary: Path) -> bytes:
    return text(f"touch {canary}")


def in_safetensors(header: Any, content: bytes = b"") -> Writer:
    def write(path: Path, canary: Path) -> None:
        words = header if isinstance(header, bytes) else json.dumps(header).encode()
        path.write_bytes(struct.pack("<Q", len(words)) + words + content)

    return write


def floats(start: int, end: int, *shape: int) -> dict[str, Any]:
    return {"dtype": "F32", "shape": list(shape), "data_offsets": [start, end]}


def _card(**changes: Any) -> Writer:
    """A model file whose card has been changed."""
    card: dict[str, Any] = {
        "system": "yolov8n",
        "options": {},
        "num_classes": 1,
        "categories": ["a"],
        "category_ids": [0],
        "canvas_size": [64, 64],
        "config": {},
        "format_version": 2,
        "boxwright_version": "1.0",
    }
    return in_safetensors({"__metadata__": {"boxwright": json.dumps(card | changes)}, "a": floats(0, 4, 1)}, bytes(4))


def _extension(path: Path, canary: Path) -> None:
    write_archive(path, START + b"\x82\x01" + b"(" + _command(canary) + b"tR.")


def _many_entries(path: Path, canary: Path) -> None:
    """A list of contents of more files than may be, none of which is there."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0)
    listed = b"".join(entry + f"a/{place:06}".encode() for place in range(200_000))
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, len(listed), 4, 0)
    path.write_bytes(b"PK\x03\x04" + listed + end)


def _larger_archive(path: Path, canary: Path) -> None:
    """Numbers of 64 bits say that an entry is larger than the file."""
    write_archive(path, START + b"}.", ZEROS)
    content = bytearray(path.read_bytes())
    place = content.rindex(b"PK\x01\x02", 0, content.rindex(b"archive/data/0"))
    content[place + 20 : place + 28] = b"\xff" * 8
    extra = struct.pack("<2H2Q", 1, 16, 2**40, 2**40)
    content[place + 30 : place + 32] = struct.pack("<H", len(extra))
    after = place + 46 + len("archive/data/0")
    content[after:after] = extra
    end = content.rindex(b"PK\x05\x06")
    size = struct.unpack("<L", content[end + 12 : end + 16])[0]
    content[end + 12 : end + 16] = struct.pack("<L", size + len(extra))
    path.write_bytes(content)


def _link(path: Path, canary: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", START + mapping(weight=tensor(4, (4,), (1,))) + END)
        entry = zipfile.ZipInfo("archive/data/0")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd\0\0\0\0\0")


def _encrypted(path: Path, canary: Path) -> None:
    write_archive(path, START + b"}.", ZEROS)
    content = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    path.write_bytes(content)


def _tar(path: Path, canary: Path) -> None:
    with tarfile.open(path, "w") as archive:
        entry = tarfile.TarInfo("pickle")
        entry.size = 1
        archive.addfile(entry, io.BytesIO(b"x"))


def _names() -> Iterator[bytes]:
    yield from (name(f"models.part{place}", "Net") + b"0"[:0] for place in range(200_000))


FILES: dict[str, tuple[str, Writer]] = {
    # programs
    "a name put together on the stack": (
        "STACK_GLOBAL",
        lambda path, canary: write_archive(
            path, START + text("os") + text("system") + b"\x93(" + _command(canary) + b"tR."
        ),
    ),
    "an extension": ("EXT1", _extension),
    "a long extension": ("EXT4", in_archive(START + b"\x84\x01\x00\x00\x00.")),
    "an instance": (
        "INST",
        lambda path, canary: write_archive(path, START + b"(" + _command(canary) + b"ios\nsystem\n."),
    ),
    "an object": (
        "posix.system|os.system",
        lambda path, canary: write_archive(path, START + b"(" + name("os", "system") + _command(canary) + b"o."),
    ),
    "an object with keywords": ("NEWOBJ_EX", in_pickle(name("collections", "OrderedDict"), b")}\x92")),
    "a pickle of text": (
        "begins with",
        lambda path, canary: path.write_bytes(b"cos\nsystem\n(S'touch " + bytes(canary) + b"'\ntR."),
    ),
    "text in an archive": (
        "os.system",
        lambda path, canary: write_archive(path, b"cos\nsystem\n(S'touch " + bytes(canary) + b"'\ntR."),
    ),
    "a state for a class of Python": (
        "setstate|BUILD|shell|no weights",
        in_pickle(name("functools", "partial"), b")R", mapping(func=b"N"), b"b"),
    ),
    "a nested pickle": (
        r"_load_from_bytes",
        lambda path, canary: write_archive(
            path, pickle.dumps(Reduced(__import__("torch").storage._load_from_bytes, b"x"), protocol=2)
        ),
    ),
    "a subclass of a dictionary": ("names os", in_archive(named("os", "_Environ"))),
    "a name by another way of Python 2": ("names", in_archive(named("exceptions", "os", b"x"))),
    "a buffer from outside": ("NEXT_BUFFER", in_pickle(b"\x97")),
    "a frame of a wrong length": ("FRAME|damaged", in_pickle(b"\x95" + struct.pack("<Q", 2**40))),
    "protocol 5": ("protocol 5", in_archive(pickle.dumps({"a": bytearray(5)}, protocol=5))),
    "an object of NumPy that holds objects": (
        "builtins.eval",
        in_archive(pickle.dumps(np.array([{}, eval], object), 2)),
    ),
    "bytes by another codec": ("_codecs.encode with", in_pickle(called("_codecs", "encode", text("x"), text("zlib")))),
    # memory and time
    "a storage that is called": ("call", in_pickle(called("torch.storage", "UntypedStorage", number(2**40)))),
    "a tensor beyond its storage": ("claims more|is none", _state(tensor(4, (10**9,), (1,)))),
    "a tensor that begins beyond its storage": ("claims more|is none", _state(tensor(4, (1,), (1,), offset=10**9))),
    "a tensor that begins before its storage": ("claims more|is none", _state(tensor(4, (1,), (1,), offset=-1))),
    "strides below zero": ("claims more|is none", _state(tensor(4, (4,), (-1,)))),
    "strides beyond the storage": ("claims more|is none", _state(tensor(4, (4,), (10**8,)))),
    "a tensor that is built anew": (
        "BUILD|state",
        _state(tensor(4, (4,), (1,)) + b"(" + storage(4) + number(0) + numbers(10**9) + numbers(1) + b"tb"),
    ),
    "a tensor without a storage": ("call|storage", _state(called("torch._utils", "_rebuild_tensor_v2", text("x")))),
    "bytes again and again": (
        "copies",
        in_pickle(
            b"(",
            text("a" * MANY),
            kept(1),
            *(called("_codecs", "encode", again(1), text("latin1")) for _ in range(100)),
            b"t",
        ),
    ),
    "sets again and again": (
        "copies",
        in_pickle(
            b"(",
            b"](" + b"".join(number(place) for place in range(100_000)) + b"e",
            kept(1),
            *(called("__builtin__", "set", again(1)) for _ in range(1000)),
            b"t",
        ),
    ),
    "a key of endless tuples": ("nests|parts", in_pickle(b"}", nested_tuples(60), number(1), b"s")),
    "a set of endless tuples": (
        "nests|parts",
        in_pickle(called("__builtin__", "set", b"](" + nested_tuples(60) + b"e")),
    ),
    "a name without end": ("names|long", in_pickle(name("a." * 2_000_000 + "b", "Net"))),
    "names without end": ("names", in_archive(START + b"(" + b"".join(_names()) + b"t.")),
    "steps without end": ("longer", in_archive(START + b"(" + b"\x8f" * 3_900_000 + b"t.")),
    "lists without end": ("no weights", in_pickle(b"]" * 100_000, b"a" * 99_999)),  # deeper than Python goes
    "an older file with a text without end": (
        "longer",
        lambda path, canary: path.write_bytes(MAGIC + START + text("a" * 70_000_000) + END + b"\x80\x02]."),
    ),
    "one number under many names": (
        "as large",
        in_archive(
            START
            + mapping(w0=tensor(10**6, (10**6,), (1,), key="0") + kept(1))[:-1]
            + b"".join(text(f"w{place}") + again(1) for place in range(1, 3000))
            + b"u"
            + END,
            ("archive/data/0", bytes(4 * 10**6)),
        ),
    ),
    "layers of no numbers": ("no numbers", _state(tensor(4, (10**12, 0), (1, 1)))),
    "the classes of no numbers": (
        "no numbers",
        in_pickle(
            mapping(
                **{
                    "model.0.conv.weight": tensor(4, (16, 3, 0, 3), (1, 1, 1, 1)),
                    "model.22.cv2.0.2.weight": tensor(4, (64, 0), (1, 1)),
                    "model.22.cv3.0.2.weight": tensor(4, (10**12, 0), (1, 1)),
                }
            )
        ),
    ),
    # archives
    "entries without end": ("list of contents|entries", _many_entries),
    "sizes of 64 bits": ("larger than", _larger_archive),
    "a link": ("link|no network", _link),
    "an encrypted entry": ("encrypted|compressed", _encrypted),
    "two archives": (
        "Get it again|depends|comment",
        lambda path, canary: path.write_bytes(
            write_archive(path, named("os", "system", b"touch " + bytes(canary))).read_bytes()
            + write_archive(path, START + b"}.").read_bytes()
        ),
    ),
    # safetensors
    "offsets over each other": ("damaged", in_safetensors({"a": floats(0, 4, 1), "b": floats(0, 4, 1)}, bytes(4))),
    "a key twice": (
        "damaged|no network",
        in_safetensors(
            b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
            bytes(4),
        ),
    ),
    "a large header": ("header", in_safetensors(b"{" + b" " * 10_000_000 + b"}")),
    "a card of two million names": ("header", _card(categories=["a"] * 2_000_000, num_classes=2_000_000)),
    "a card that is deep": ("damaged|header|no network", in_safetensors({"__metadata__": {"boxwright": "[" * 10**6}})),
    "many tensors of nothing": (
        "tensors|header",
        in_safetensors({f"{place}": floats(0, 0, 0) for place in range(150_000)}),
    ),
    "a size beyond everything": ("damaged", in_safetensors({"a": floats(0, 4, 2**62, 2**62)}, bytes(4))),
    # other programs
    "a packed file": ("begins with", _raw(gzip.compress(bytes(100)))),
    "a tar archive": ("begins with", _tar),
    "HDF5": ("begins with", _raw(b"\x89HDF\r\n\x1a\n" + bytes(100))),
    "ONNX": ("begins with", _raw(b"\x08\x07\x12\x07pytorch" + bytes(100))),
    "TFLite": ("begins with", _raw(b"\x1c\x00\x00\x00TFL3" + bytes(100))),
    "7z": ("begins with", _raw(b"7z\xbc\xaf\x27\x1c" + bytes(100))),
}

CARDS: dict[str, Writer] = {
    "nan": _card(thresholds={"score_threshold": float("nan")}),
    "a threshold of text": _card(thresholds={"score_threshold": "high"}),
    "detections without end": _card(thresholds={"max_detections": 1e300}),
    "an endless canvas": _card(canvas_size=[2**31, 2**31]),
    "a canvas of truth": _card(canvas_size=[True, True]),
    "no canvas": _card(canvas_size=[]),
    "an option of another kind": _card(options={"reg_max": "x"}),
    "an option that is deep": _card(options={"reg_max": [[[[1]]]]}),
    "an option that is large": _card(options={"reg_max": 10**12}),
    "an option that is not there": _card(options={"__class__": 1}),
    "a backbone that is a path": _card(options={"backbone": "../../etc/passwd"}),
    "a backbone of a hub": _card(options={"backbone": "hf-hub:owner/name"}),
    "a backbone of numbers": _card(options={"backbone": 3}),
    "anchors of text": _card(system="yolov5n", options={"anchors": ["a"]}),
    "anchors of infinity": _card(system="yolov5n", options={"anchors": [[[float("inf"), 1]] * 3] * 3}),
    "a width below zero": _card(system="retinanet_r18", options={"width": -1}),
    "a depth without end": _card(system="retinanet_r18", options={"depth": 10**7}),
    "a dialect of lists": _card(system="ssd300", options={"dialect": []}),
    "a system of numbers": _card(system=3),
    "a system of Python": _card(system="__init__"),
    "no classes": _card(num_classes=0, categories=[], category_ids=[]),
    "many classes": _card(num_classes=10**12),
    "classes below zero": _card(num_classes=-1),
    "ids beyond 64 bits": _card(category_ids=[10**30]),
    "a deviation of zero": _card(normalization={"mean": [0, 0, 0], "std": [0, 0, 0]}),
    "a deviation of nan": _card(normalization={"mean": [0, 0, 0], "std": [float("nan")] * 3}),
    "an unknown fit": _card(fit="nonsense"),
    "measurements of another kind": _card(measurements={"per_class": [1, 2], "data": [], "ap": "x"}),
    "measurements of lists": _card(measurements={"per_class": {"a": 1}, "ap": [1]}),
    "a threshold of measurements": _card(measurements={"best_threshold": "x"}),
    "a version of lists": _card(boxwright_version=[1]),
    "a format of nan": _card(format_version=float("nan")),
    "a setting of another kind": _card(config={"optimization": [1], "data": {"a": {"b": [1]}}}),
    "a list in place of a card": in_safetensors({"__metadata__": {"boxwright": "[1]"}}),
    "a path in the card": _card(provenance={"file": "../../../etc/passwd\x1b[2J"}, licence="\x1b[31m" * 1000),
}
"""Cards that cannot be, or that are only odd: none may end in a fault of boxwright."""
