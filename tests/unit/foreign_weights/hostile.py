"""Files that try to do harm when they are read, for the tests of this folder."""

import builtins
import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch


class Reduced:
    """Pickles as a call of anything."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def named(module: str, name: str, *arguments: bytes) -> bytes:
    """Gives a pickle that calls a name with text, whether it is there or not."""
    words = b"".join(b"X" + len(text).to_bytes(4, "little") + text for text in arguments)
    return b"\x80\x02c" + f"{module}\n{name}\n".encode() + b"(" + words + b"tR."


def write_archive(path: Path, content: bytes, *further: tuple[str, bytes], root: str = "archive") -> Path:
    """Writes an archive in the form of torch around a pickle."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, value in ((f"{root}/data.pkl", content), (f"{root}/version", b"3\n"), *further):
            archive.writestr(name, value)
    return path


def call(canary: Path) -> bytes:
    """Gives a pickle that writes a file by os.system."""
    return pickle.dumps({"model": Reduced(os.system, f"touch {canary}")}, protocol=2)


def _nested(canary: Path) -> bytes:
    inner = io.BytesIO()
    torch.save(Reduced(os.system, f"touch {canary}"), inner)
    return pickle.dumps(Reduced(torch.storage._load_from_bytes, inner.getvalue()), protocol=2)


def _chain(canary: Path) -> bytes:
    return pickle.dumps(Reduced(getattr, Reduced(getattr, Reduced, "__init__"), "__globals__"), protocol=2)


# name → (a pickle, what the error says); each writes the canary where it is read in the usual way, or is of that kind
PICKLES: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "os.system": (call, r"names posix\.system"),
    "posix": (lambda canary: named("posix", "system", b"touch " + bytes(canary)), r"names posix\.system"),
    "old os": (lambda canary: named("nt", "system", b"x"), r"names nt\.system"),
    "eval": (
        lambda canary: pickle.dumps(Reduced(eval, f"open({str(canary)!r}, 'w')"), protocol=2),
        r"names builtins\.eval",
    ),
    "eval of Python 2": (lambda canary: named("__builtin__", "eval", b"1"), r"names builtins\.eval"),
    "alias": (lambda canary: named("numpy.os", "Popen", b"x"), r"names numpy\.os\.Popen"),
    "alias of a network": (lambda canary: named("models.yolo.builtins", "Eval", b"1"), r"names models\.yolo\.builtins"),
    "dotted": (lambda canary: named("torch.nn", "Module.__init__.__globals__", b"1"), r"names torch\.nn\.Module"),
    "exec": (lambda canary: pickle.dumps(Reduced(exec, "1"), protocol=2), r"names builtins\.exec"),
    "import": (lambda canary: pickle.dumps(Reduced(builtins.__import__, "os"), protocol=2), r"builtins\.__import__"),
    "getattr": (_chain, r"names builtins\.getattr"),
    "subprocess": (lambda canary: named("subprocess", "Popen", b"true"), r"names subprocess\.Popen"),
    "importlib": (lambda canary: named("importlib", "import_module", b"os"), r"names importlib\.import_module"),
    "sys": (lambda canary: named("sys", "exit"), r"names sys\.exit"),
    "shutil": (lambda canary: named("shutil", "rmtree", b"x"), r"names shutil\.rmtree"),
    "socket": (lambda canary: named("socket", "socket"), r"names socket\.socket"),
    "ctypes": (lambda canary: named("ctypes", "CDLL", b"x"), r"names ctypes\.CDLL"),
    "runpy": (lambda canary: named("runpy", "run_path", b"x"), r"names runpy\.run_path"),
    "pip": (lambda canary: named("pip", "main", b"x"), r"names pip\.main"),
    "pickle": (lambda canary: named("_pickle", "loads", b"x"), r"names _pickle\.loads"),
    "nested": (_nested, r"names torch\.storage\._load_from_bytes"),
    "hub": (lambda canary: named("torch.hub", "load", b"x"), r"names torch\.hub\.load"),
    "big array": (lambda canary: named("builtins", "bytearray", b"1"), r"names builtins\.bytearray"),
    "big tensor": (lambda canary: named("torch", "FloatTensor", b"1"), r"names torch\.FloatTensor"),
    "codec": (lambda canary: named("_codecs", "encode", b"x", b"idna"), r"_codecs\.encode with \('idna',\)"),
    "outside": (
        lambda canary: b"\x80\x02X\x05\x00\x00\x00otherX\x01\x00\x00\x00x\x86Q.",
        "outside of itself that is no storage",
    ),
    "deep": (lambda canary: b"\x80\x02)" + b"\x85" * 100_000 + b".", "nests tuples more than 64 deep"),
    "no end of a text": (lambda canary: b"\x80\x02X\xff\xff\xff\x7fx.", "damaged"),
    "empty": (lambda canary: b"", "damaged"),
    "stack": (lambda canary: b"\x80\x02R.", "damaged"),
    "memo": (lambda canary: b"\x80\x02h\x07.", "damaged"),
    "call of a call": (lambda canary: b"\x80\x02ccollections\nOrderedDict\n)R)R.", "calls what is no name"),
    "protocol 4": (lambda canary: pickle.dumps({"a": 1}, protocol=4), "has protocol 4"),
}
