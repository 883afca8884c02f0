"""The Python file that connects an implementation with the suite."""

import importlib.util
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PRECISIONS = ("float16", "float32", "float64")


class BadAdapterError(Exception):
    """The adapter cannot be used; the message says why."""


@dataclass(frozen=True)
class Adapter:
    """The functions that an implementation offers.

    Args:
        name: Of the implementation.
        functions: By the names that the cases use.
        precisions: In which its inputs may be given.
    """

    name: str
    functions: dict[str, Callable[..., Any]]
    precisions: tuple[str, ...]


def load_adapter(path: Path, known: Iterable[str]) -> Adapter:
    """Runs an adapter file and takes the functions that the suite knows.

    Args:
        path: Of the file.
        known: Names of the functions that cases ask for.

    Raises:
        BadAdapterError: There is no such file, it does not run, or none of its functions is known.
    """
    if not path.is_file():
        raise BadAdapterError(f"There is no adapter {path}. Give the path of a Python file.")
    spec = importlib.util.spec_from_file_location(f"conformance_adapter_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise BadAdapterError(f"{path} is no Python file. An adapter is a file NAME.py with functions.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise BadAdapterError(f"{path} does not run: {type(error).__name__}: {error}") from error
    names = sorted(set(known))
    functions = {name: getattr(module, name) for name in names if callable(getattr(module, name, None))}
    if not functions:
        raise BadAdapterError(f"{path} offers none of the functions of the suite. These are: {', '.join(names)}.")
    precisions = tuple(getattr(module, "PRECISIONS", ("float32",)))
    if not precisions or set(precisions) - set(PRECISIONS):
        raise BadAdapterError(f"PRECISIONS of {path} is {precisions}. Choose from {PRECISIONS}.")
    return Adapter(str(getattr(module, "NAME", path.stem)), functions, precisions)


def unfit_arguments(function: Callable[..., Any], arguments: Iterable[str]) -> str | None:
    """Says why a function cannot be called with these keyword arguments, or None.

    Args:
        function: What the adapter offers.
        arguments: Names.
    """
    try:
        inspect.signature(function).bind(**dict.fromkeys(arguments))
    except TypeError as error:
        return str(error)
    return None
