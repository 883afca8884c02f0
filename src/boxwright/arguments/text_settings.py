"""Settings that are names or paths are text, whatever else YAML would read in them."""

from collections.abc import Collection
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import yaml

NULL = "null"
_TEXT = "tag:yaml.org,2002:str"
_ALWAYS_GIVEN = ("data",)  # of which null cannot be meant: it is the name of a folder


def is_text(hint: Any) -> bool:
    """Says whether a type is that of a name or a path, or of several.

    Args:
        hint: A type hint.
    """
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return any(kind in (str, Path) for kind in kinds) and all(
        kind in (str, Path, type(None)) or _is_list_of_text(kind) for kind in kinds
    )


def _is_list_of_text(kind: Any) -> bool:
    return get_origin(kind) is not None and get_origin(kind) is not dict and get_args(kind) in ((str,), (str | Path,))


def quoted_config(word: str, names: Collection[str]) -> tuple[str, dict[str, str]]:
    """Puts names and paths of a configuration file in quotes: 2024, 010, no, 12:30.

    Args:
        word: Path of the file.
        names: Of the settings that are text.

    Returns:
        What the file says then, and its names and paths. The path itself if there is no such file, or no settings in
        it, for others to complain of.
    """
    try:
        content = yaml.compose(Path(word).read_text(encoding="utf-8-sig"), yaml.SafeLoader)
    except (OSError, ValueError, yaml.YAMLError):
        return word, {}
    if content is None:
        return "{}", {}
    if not isinstance(content, yaml.MappingNode):
        return word, {}
    content.flow_style = True  # a lone key would be taken for the name of a file
    meant = {}
    for key, value in content.value:
        if key.value not in names:
            continue
        for node in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            _quote(node)
        if isinstance(value, yaml.ScalarNode) and value.tag == _TEXT:
            meant[key.value] = value.value
    return yaml.serialize(content, allow_unicode=True), meant


def _quote(node: yaml.Node) -> None:
    if isinstance(node, yaml.ScalarNode) and node.tag != "tag:yaml.org,2002:null":
        node.tag, node.style = _TEXT, "'"


def typed_text(words: Collection[str], names: Collection[str]) -> dict[str, str]:
    """Finds the names and paths that were typed: the last one of each flag.

    Args:
        words: Flags as typed.
        names: Of the settings that are text.
    """
    found: dict[str, str] = {}
    follows = ""
    for word in words:
        flag, equals, value = word.removeprefix("--").partition("=")
        is_flag = word.startswith("--") and flag in names
        if is_flag and equals:
            found[flag] = value
        elif follows:
            found[follows] = word
        follows = flag if is_flag and not equals else ""
    return {name: text for name, text in found.items() if text != NULL or name in _ALWAYS_GIVEN}
