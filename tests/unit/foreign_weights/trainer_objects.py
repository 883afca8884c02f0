"""Objects as trainers pickle them, of classes in modules that are not here when the file is read."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from torch import nn


@contextmanager
def foreign_classes(**places: str) -> Iterator[dict[str, Any]]:
    """Makes classes of networks that live in modules of other names, as long as the block lasts.

    Args:
        places: Name of the class → module, dotted.
    """
    made: dict[str, Any] = {}
    modules: list[str] = []
    for name, place in places.items():
        parts = place.split(".")
        for length in range(1, len(parts) + 1):
            module = ".".join(parts[:length])
            if module not in sys.modules:
                sys.modules[module] = ModuleType(module)
                modules.append(module)
        made[name] = type(name, (nn.Module,), {"__module__": place})
        setattr(sys.modules[place], name, made[name])
    try:
        yield made
    finally:
        for module in modules:
            del sys.modules[module]
