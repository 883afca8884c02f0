"""Writes down the public names of boxwright with their signatures.

After a change that is meant:
`.venv/bin/python tests/repository/public_api.py > tests/repository/public_api.txt`.
"""

import importlib
import inspect
import pkgutil
import re
import sys

import boxwright


def _signature(thing: object) -> str:
    """Writes a signature without the modules of the names in it."""
    try:
        written = str(inspect.signature(thing))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return ""
    return re.sub(r" at 0x[0-9a-f]+|\b(?:[a-z_]\w*\.)+(?=[A-Za-z_])", "", written)


def _construction(cls: type) -> str:
    """Writes how to build a class, unless that is inherited from another library."""
    for parent in cls.__mro__:
        if "__init__" in vars(parent):
            return _signature(cls) if parent.__module__.startswith("boxwright") and not _is_protocol(cls) else ""
    return ""


def _is_protocol(cls: type) -> bool:
    return bool(getattr(cls, "_is_protocol", False))


def _members(cls: type) -> list[str]:
    """Public methods and properties that the class or a parent inside boxwright defines."""
    own = {
        name
        for parent in cls.__mro__
        if parent.__module__.startswith("boxwright")
        for name, member in vars(parent).items()
        if callable(member) or isinstance(member, property | classmethod | staticmethod)
    }
    lines = []
    for name in sorted(own):
        if name.startswith("_") and name != "__call__":
            continue
        member = inspect.getattr_static(cls, name)
        shown = "" if isinstance(member, property) else _signature(getattr(cls, name))
        lines.append(f"    .{name}{shown}")
    return lines


def _describe(name: str, thing: object) -> list[str]:
    if inspect.isclass(thing):
        return [f"{name}{_construction(thing)}", *_members(thing)]
    if callable(thing):
        return [f"{name}{_signature(thing)}"]
    return [f"{name}: {type(thing).__name__}"]


def public_api() -> str:
    """Every name in an `__all__`, once, under the shortest module that offers it."""
    modules = [
        "boxwright",
        *(found.name for found in pkgutil.walk_packages(boxwright.__path__, "boxwright.")),
    ]
    seen: set[int] = set()
    sections = []
    for module_name in sorted(modules, key=lambda name: (name.count("."), name)):
        module = importlib.import_module(module_name)
        lines: list[str] = []
        for name in sorted(getattr(module, "__all__", ())):
            thing = getattr(module, name)
            if id(thing) not in seen:
                seen.add(id(thing))
                lines += _describe(name, thing)
        if lines:
            sections.append("\n".join([module_name, *(f"  {line}" for line in lines)]))
    return "\n\n".join(sorted(sections)) + "\n"


if __name__ == "__main__":
    sys.stdout.write(public_api())
