"""Settings as dataclasses describe them: the fields are the names, the docstring is the help."""

import dataclasses
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_type_hints

_ENTRY = re.compile(r"^    (\w+): (.*(?:\n {5,}.*)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Args:
        name: With its group before a dot.
        kind: Type hint of its values.
        default: Its value if nobody sets it.
        help: What it does.
        is_required: Whether somebody has to.
        is_place: Whether its value may be typed without its name.
    """

    name: str
    kind: Any
    default: Any
    help: str
    is_required: bool
    is_place: bool


def settings_of(description: type, group: str = "") -> Iterator[Setting]:
    """Lists the settings of a dataclass; a field that is a dataclass itself is a group of settings.

    A field without a default that is not for keywords only has a place on the command line.

    Args:
        description: The dataclass.
        group: What stands before the names, with a dot.
    """
    hints, helps = get_type_hints(description), helps_of(description)
    for field in dataclasses.fields(description):
        kind = hints[field.name]
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            yield from settings_of(kind, f"{group}{field.name}.")
            continue
        default = field.default_factory() if callable(field.default_factory) else field.default
        is_required = default is dataclasses.MISSING
        yield Setting(
            f"{group}{field.name}",
            kind,
            None if is_required else default,
            helps.get(field.name, ""),
            is_required,
            is_required and not field.kw_only,
        )


def helps_of(described: Any) -> dict[str, str]:
    """Reads what a docstring says of each name under Args.

    Args:
        described: A class or a function.
    """
    text = inspect.cleandoc(described.__doc__ or "").partition("Args:\n")[2]
    return {name: " ".join(textwrap.dedent(said).split()) for name, said in _ENTRY.findall(text)}
