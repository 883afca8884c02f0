"""Which names in the pickle of somebody else's weights are let in, and as what."""

import sys
from typing import Literal

from boxwright.errors import DataError

Kind = Literal["value", "storage", "call", "shell"]

REBUILDERS = frozenset({"torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor"})
"""What a tensor is made by from a storage."""

_CALLS = REBUILDERS | {
    "_codecs.encode",  # how older pickles write bytes
    "builtins.set",
    "collections.Counter",
    "collections.OrderedDict",
    "torch.Size",
    "torch._utils._rebuild_parameter",
    "torch.device",
}

ITEM_BYTES = {
    "torch.BFloat16Storage": 2,
    "torch.BoolStorage": 1,
    "torch.ByteStorage": 1,
    "torch.CharStorage": 1,
    "torch.DoubleStorage": 8,
    "torch.FloatStorage": 4,
    "torch.HalfStorage": 2,
    "torch.IntStorage": 4,
    "torch.LongStorage": 8,
    "torch.ShortStorage": 2,
    "torch.storage.UntypedStorage": 1,
}
"""Kind of a storage → bytes of one of its numbers."""

_DTYPES = frozenset(
    f"torch.{name}"
    for name in ("bfloat16", "bool", "float16", "float32", "float64", "int16", "int32", "int64", "int8", "uint8")
)

# Of Python itself: data that the objects of a training hold. None of them is ever made; a shell stands for each.
_SHELLS_OF_PYTHON = frozenset(
    {
        "argparse.Namespace",
        *(f"builtins.{kind}" for kind in ("bool", "dict", "float", "int", "list", "object", "slice", "str", "tuple")),
        "collections.defaultdict",
        "collections.deque",
        "copyreg._reconstructor",
        "datetime.date",
        "datetime.datetime",
        "datetime.timedelta",
        "functools.partial",
        "pathlib.Path",
        "pathlib.PosixPath",
        "pathlib.PurePath",
        "pathlib.PurePosixPath",
        "pathlib.PureWindowsPath",
        "pathlib.WindowsPath",
        "types.SimpleNamespace",
    }
)

# Functions of NumPy that arrays in a pickle name; a shell stands for what they would make.
_SHELLS_OF_NUMPY = frozenset(
    f"numpy.{name}"
    for name in (
        "core.multiarray._reconstruct",
        "_core.multiarray._reconstruct",
        "core.multiarray.scalar",
        "_core.multiarray.scalar",
        "core.numeric._frombuffer",
        "_core.numeric._frombuffer",
        "dtype",
        "ndarray",
    )
)

# Parts of torch that hold networks and the state of their training.
_MODULES_OF_TORCH = (
    "torch.nn.functional.",
    "torch.nn.modules.",
    "torch.nn.parallel.",
    "torch.optim.",
    "torch.amp.",
    "torch.cuda.amp.",
)

HISTORY = "mmengine.logging.history_buffer.HistoryBuffer"
"""Its functions are pickled as attributes of the class, by `getattr`; see `pickle_calls`."""

_FOREIGN_ALIASES = frozenset(
    {
        *("builtins", "ctypes", "importlib", "marshal", "nt", "os", "pickle", "posix", "pty", "runpy", "shutil"),
        *("socket", "subprocess", "sys", "webbrowser", "__builtin__", "__builtins__", "__globals__", "__import__"),
    }
)


def kind_of_name(name: str) -> Kind:
    """Says as what a name is let in: what is not known to be data of a network is refused.

    "call" and "value" are torch's and Python's own and real; "storage" is a kind of storage; for all else a shell is
    put, which runs nothing.

    Args:
        name: Module and name, dotted.

    Raises:
        DataError: The name has no place in a file of weights.
    """
    if name in ITEM_BYTES:
        return "storage"
    if name in _DTYPES:
        return "value"
    if name in _CALLS:
        return "call"
    if name in _SHELLS_OF_PYTHON or name in _SHELLS_OF_NUMPY or _is_class_of_a_network(name):
        return "shell"
    raise refused(name)


def refused(name: str) -> DataError:
    """Gives the error about a name that is not let in.

    Args:
        name: Module and name, dotted.
    """
    shown = name if len(name) <= 200 else f"{name[:200]}…"
    return DataError(
        f"the pickle in it names {shown}, which is no part of a network: reading the file in the usual way might run "
        "a program. Nothing was run. Do not trust the file, or ask its maker for the state dictionary alone."
    )


def _is_class_of_a_network(name: str) -> bool:
    parts = name.split(".")
    if len(parts) < 2 or not all(part.isidentifier() and part.isascii() for part in parts):
        return False
    is_class = parts[-1].lower() != parts[-1]  # functions have small letters alone
    if parts[0] == "torch":
        return name.startswith(_MODULES_OF_TORCH) and (is_class or parts[2] == "functional")
    if not is_class:
        return False
    if parts[0] in sys.stdlib_module_names and parts[0] != "__main__":
        return False
    # a module may bring one of Python's along: such a name is none of its own
    return not _FOREIGN_ALIASES.intersection(parts)
