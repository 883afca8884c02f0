"""Objects as trainers pickle them, of classes in modules that are not here when the file is read."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from torch import Tensor, nn


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


def network_of(state: Mapping[str, Tensor], kind: type[nn.Module]) -> nn.Module:
    """Builds a network of modules of one class whose state dictionary is the one given."""
    network = kind()
    for name, value in state.items():
        *places, last = name.split(".")
        module = network
        for place in places:
            if place not in module._modules:
                module.add_module(place, kind())
            module = module._modules[place]
        if value.is_floating_point() and not last.startswith("running_") and last != "anchors":
            module.register_parameter(last, nn.Parameter(value))
        else:
            module.register_buffer(last, value)
    return network
