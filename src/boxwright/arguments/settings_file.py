"""YAML files with settings, looked at before the parser reads them."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonargparse import get_loader

from boxwright.arguments.kinds import choices, is_text, takes, takes_texts
from boxwright.arguments.usage_error import UsageError
from boxwright.lettering.visible import visible

_NULL, _TEXT, _MERGE, _TRUTH = (f"tag:yaml.org,2002:{name}" for name in ("null", "str", "merge", "bool"))
_TAGS = ("null", "bool", "int", "float", "str", "seq", "map", "merge", "timestamp", "value")
_CURE = "Write lines such as epochs: 50."
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_PLAIN_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*|[0-9]*\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?\.(inf|nan)", re.IGNORECASE)


def read_settings(text: str, settings: Mapping[str, Any], shown: str) -> tuple[str, dict[str, Any]]:
    """Reads settings; names, paths and words as they are written, whatever YAML sees in them: 2024, no, 12:30, off.

    Args:
        text: YAML.
        settings: Types by name.
        shown: Where it stands, for errors.

    Returns:
        The same YAML in braces, with quotes around names and paths and without dictionaries, and all that it says.

    Raises:
        UsageError: It is no YAML or no list of settings, or a setting stands twice in it, of which one would count.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is None:
            return "{}", {}
        _require_plain(root, shown, [], set())
        for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
            _quote(value, settings.get(key.value))
        require_plain_numbers(root, shown)
        found = get_loader("yaml")(_in_braces(root))
    except UsageError:
        raise
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or str(error)
        raise UsageError(f"{shown}{where} is no YAML: {what}. {_CURE}") from error
    if not isinstance(found, dict):
        raise UsageError(f"{shown} is no list of settings. {_CURE}")
    root.value = [each for each in root.value if not _is_dictionary(each[1], settings.get(each[0].value))]
    return _in_braces(root), found


def require_plain_numbers(node: yaml.Node, shown: str) -> None:
    """Refuses numbers that YAML reads in another way than people do: 010 is 8, 12:30 is 750, 1_0 is 10.

    Args:
        node: Of the file, or of the value of a flag.
        shown: Where it stands, for errors.

    Raises:
        UsageError: There is one.
    """
    waiting, seen = [node], {id(node)}
    while waiting:
        each = waiting.pop()
        if isinstance(each, yaml.ScalarNode):
            if each.style is None and each.tag in _NUMBERS and not _PLAIN_NUMBER.fullmatch(each.value):
                raise UsageError(
                    f"{shown}: {each.value} is {yaml.safe_load(each.value)} to YAML. Write the number in plain digits, "
                    "or a text in quotes."
                )
            continue
        inner = [part for entry in each.value for part in (entry if isinstance(each, yaml.MappingNode) else (entry,))]
        waiting += [part for part in inner if id(part) not in seen]
        seen |= {id(part) for part in inner}


def text_of(name: str) -> str:
    """Reads a file.

    Args:
        name: As typed.

    Raises:
        UsageError: It cannot be read.
    """
    if not Path(name).is_file():
        what = "is no file" if Path(name).exists() else "is not there"
        raise UsageError(f"config: {visible(name)!r} {what}. Give a YAML file with settings.")
    try:
        return Path(name).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"config: {visible(name)} is not UTF-8 ({error}). Save it as UTF-8.") from error
    except OSError as error:
        raise UsageError(f"config: {visible(name)} cannot be read ({error.strerror}). Look at its rights.") from error


def _in_braces(root: yaml.Node) -> str:
    root.flow_style = True  # type: ignore[attr-defined]  # of a list or mapping
    return str(yaml.serialize(root, allow_unicode=True, width=float("inf")))


def _is_dictionary(node: yaml.Node, kind: Any) -> bool:
    """Tells what the parser does not read; a setting that may be a dictionary may be a word instead."""
    is_word = isinstance(node, yaml.ScalarNode) and bool(choices(kind))
    return takes(kind, dict, Mapping) and not is_word


def _quote(node: yaml.Node, kind: Any) -> None:
    is_word = node.tag == _TRUTH and node.value in choices(kind)  # such as off
    nodes = [node] if is_text(kind) or is_word else []
    if isinstance(node, yaml.SequenceNode) and takes_texts(kind):
        nodes = node.value
    for each in nodes:
        if isinstance(each, yaml.ScalarNode) and each.tag != _NULL:
            each.tag, each.style = _TEXT, "'"


def _require_plain(node: yaml.Node, shown: str, above: list[yaml.Node], seen: set[int]) -> None:
    """Refuses what holds itself, tags, names that are none, and names that stand twice."""
    if any(node is each for each in above):
        raise UsageError(f"{shown}: something holds itself. {_CURE}")
    if node.tag.rpartition(":")[2] not in _TAGS:
        raise UsageError(f"{shown}, line {node.start_mark.line + 1}: {node.tag} is not read. {_CURE}")
    if not isinstance(node, yaml.CollectionNode) or id(node) in seen:
        return
    lines: dict[str, int] = {}
    for entry in node.value:
        key, value = entry if isinstance(node, yaml.MappingNode) else (None, entry)
        if key is not None:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise UsageError(f"{shown}, line {line}: a list cannot be a name. {_CURE}")
            if key.value in lines:
                raise UsageError(
                    f"{shown}: {key.value} stands in line {lines[key.value]} and in line {line}. Keep one."
                )
            lines[key.value] = line
            key.tag = key.tag if key.tag == _MERGE else _TEXT
        _require_plain(value, shown, [*above, node], seen)
    seen.add(id(node))
