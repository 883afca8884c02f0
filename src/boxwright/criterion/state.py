"""What a criterion keeps between calls: the parts with a state, wherever they are inside it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import partial
from types import FunctionType, MethodType
from typing import Any, Protocol, runtime_checkable

from torch import Tensor, nn

from boxwright.errors import ConfigError, ShapeError


@runtime_checkable
class Stateful(Protocol):
    """A part that keeps something between calls: a term, or a loss, a reducer or a sampler inside one.

    What it notes in a call it takes over in `after_step` only, so that a call more changes nothing.
    """

    def after_step(self) -> None:
        """Lets the state move, by the last call."""
        ...

    def state_dict(self) -> dict[str, Tensor]:
        """Gives the state, empty if there is none to save."""
        ...

    def load_state_dict(self, state: Mapping[str, Tensor], /) -> None:
        """Takes up a state.

        Args:
            state: From `state_dict`.
        """
        ...


@dataclass(frozen=True, slots=True)
class States:
    """Several parts with a state as one.

    Args:
        parts: From `states_of`.
    """

    parts: Mapping[str, Any]

    def after_step(self) -> None:
        """Lets the states move."""
        for part in self.parts.values():
            if hasattr(part, "after_step"):
                part.after_step()

    def state_dict(self) -> dict[str, dict[str, Tensor]]:
        """Gives the states by part, such as "box.loss", for a checkpoint that training resumes from."""
        states = {name: part.state_dict() for name, part in self.parts.items()}
        return {name: state for name, state in states.items() if state}

    def load_state_dict(self, state: Mapping[str, Mapping[str, Tensor]]) -> None:
        """Takes up the states.

        Args:
            state: From `state_dict` of the same parts.

        Raises:
            ShapeError: It is of other parts.
        """
        known = self.state_dict()
        if set(state) != set(known):
            raise ShapeError(
                f"The checkpoint has a state of {sorted(state)}, the criterion one of {sorted(known)}. Resume with the "
                "options that the training began with."
            )
        for name in state:
            self.parts[name].load_state_dict(state[name])


def states_of(parts: Mapping[str, object]) -> dict[str, Any]:
    """Finds the parts with a state, however deep they are inside others.

    A part with a state answers for everything inside it. One that is reached in two ways is listed once. The only state
    inside a part has the name of that part; of several, each has the way to it: "box.loss".

    Args:
        parts: Where to look, by name.

    Raises:
        ConfigError: A part has only some of the methods, so that its state would be lost.
    """
    found: dict[str, Any] = {}
    seen: set[int] = set()
    for name, part in parts.items():
        inside = dict(_search(name, part, seen))
        found |= {name: next(iter(inside.values()))} if len(inside) == 1 else inside
    return found


def _search(name: str, part: object, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """Gives the way to every state, and the part that has it."""
    if id(part) in seen:
        return
    seen.add(id(part))
    if _is_stateful(name, part):
        yield name, part
    elif not isinstance(part, nn.Module):
        for key, inner in _inside(part):
            yield from _search(f"{name}.{key}" if key else name, inner, seen)


def _is_stateful(name: str, part: object) -> bool:
    """Tells whether a part has a state; a module of torch need not move by itself."""
    if isinstance(part, type):
        return False
    has = {method: callable(getattr(part, method, None)) for method in ("after_step", "state_dict", "load_state_dict")}
    if isinstance(part, nn.Module):
        return has["after_step"] or bool(part.state_dict())
    if any(has.values()) and not all(has.values()):
        lacking = ", ".join(method for method, is_there in has.items() if not is_there)
        raise ConfigError(
            f"{name} ({type(part).__name__}) seems to keep a state, but has no {lacking}, so that the state would be "
            "lost. Give it after_step, state_dict and load_state_dict."
        )
    return all(has.values())


def _inside(part: object) -> Iterator[tuple[str, object]]:
    """Gives what a part is made of; numbers, texts and tensors are made of nothing."""
    if isinstance(part, Tensor | str | bytes | int | float | type | Enum) or part is None:
        return
    if isinstance(part, MethodType):
        yield "", part.__self__
    elif isinstance(part, partial):
        yield from (
            ("", part.func),
            *((str(place), inner) for place, inner in enumerate(part.args)),
            *part.keywords.items(),
        )
    elif isinstance(part, Mapping):
        yield from ((str(key), inner) for key, inner in part.items())
    elif isinstance(part, tuple | list):
        yield from ((str(place), inner) for place, inner in enumerate(part))
    elif is_dataclass(part):
        yield from ((entry.name, getattr(part, entry.name)) for entry in fields(part))
    elif hasattr(part, "__dict__") and not isinstance(part, FunctionType):
        yield from vars(part).items()
