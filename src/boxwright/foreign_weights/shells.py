"""What stands in for the objects of somebody else's program: they keep their state and do nothing."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, ClassVar

from boxwright.foreign_weights.pickle_listing import PickleListing


class Shell:
    """Stands for an object of a class that is not here.

    Its class says which in `name`; `arguments` is what it would have been made with, `state` what it held.
    """

    name: ClassVar[str] = ""
    __slots__ = ("arguments", "state")
    arguments: tuple[Any, ...]
    state: Any

    def __new__(cls, *arguments: Any) -> "Shell":
        """Keeps the arguments."""
        shell = object.__new__(cls)
        shell.arguments, shell.state = arguments, None
        return shell

    def __setstate__(self, state: Any) -> None:
        """Keeps the state, which stays data.

        Args:
            state: As the pickle has it.
        """
        self.state = state

    def get(self, name: str) -> Any:
        """Looks an attribute up in the state.

        Args:
            name: Of the attribute.

        Returns:
            The value, or None.
        """
        return self.state.get(name) if isinstance(self.state, dict) else None


class _DictionaryShell:
    def __new__(cls, *_: Any) -> "OrderedDict[Any, Any]":  # type: ignore[misc]
        return OrderedDict()


class _ListShell:
    def __new__(cls, *_: Any) -> list[Any]:  # type: ignore[misc]
        return []


def shells_for(listing: PickleListing) -> list[Callable[..., Any] | tuple[Callable[..., Any], str]]:
    """Makes a class for every name that is not let in as itself, in the form that `torch.serialization` takes.

    Args:
        listing: Of the pickle.

    Returns:
        Class and the name that it stands for; what gets entries is a dictionary or list.
    """
    shells: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = []
    for name, kind in sorted(listing.names.items()):
        if kind != "shell":
            continue
        form = _DictionaryShell if name in listing.mappings else _ListShell if name in listing.sequences else Shell
        shells.append((type("Shell", (form,), {"__slots__": (), "name": name}), name))
    return shells
