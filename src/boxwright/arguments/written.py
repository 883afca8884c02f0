"""Values as they are written: their text, and what YAML reads in it.

A name may look like a number, a date, a truth value or nothing (2024, 1e5, no, ~), so the text stays beside the value
until the type of the setting says which of the two is meant.
"""

import re
from dataclasses import dataclass
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Written:
    """A value of a flag or of a file.

    Args:
        value: What YAML reads: a plain value, or a list or mapping of `Written`.
        text: As it is written; None for a list or a mapping in a file.
        is_typed: Whether it is all of a flag, where nobody puts quotes around a word.
    """

    value: Any
    text: str | None = None
    is_typed: bool = False

    def plain(self) -> Any:
        """Gives the value without the texts."""
        if isinstance(self.value, list):
            return [entry.plain() for entry in self.value]
        if isinstance(self.value, dict):
            return {name: entry.plain() for name, entry in self.value.items()}
        return self.value


class _Loader(yaml.SafeLoader):
    """Takes 1e-3 for a number too, which YAML 1.1 wants as 1.0e-3."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+$"), list("-+0123456789")
)


def typed_word(text: str) -> Written:
    """Reads the value of a flag; what is no YAML is only text.

    Args:
        text: As typed.
    """
    try:
        return Written(read_yaml(text).value, text, is_typed=True)
    except (yaml.YAMLError, RecursionError):
        return Written(text, text, is_typed=True)


def read_yaml(text: str) -> Written:
    """Reads YAML.

    Args:
        text: Of a file, or a part of one.

    Raises:
        yaml.YAMLError: It is none.
        RecursionError: Something in it holds itself.
    """
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        return Written(None) if node is None else _read(loader, node)
    finally:
        loader.dispose()


def _read(loader: _Loader, node: yaml.Node) -> Written:
    if isinstance(node, yaml.MappingNode):
        loader.flatten_mapping(node)
        return Written({str(key.value): _read(loader, value) for key, value in node.value})
    if isinstance(node, yaml.SequenceNode):
        return Written([_read(loader, entry) for entry in node.value])
    try:
        return Written(loader.construct_object(node), node.value)
    except ValueError:  # the 40th of May
        return Written(node.value, node.value)
