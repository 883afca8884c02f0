"""YAML files with settings, looked at before the parser reads them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from boxwright.arguments.kinds import is_text, takes_texts
from boxwright.arguments.usage_error import UsageError
from boxwright.lettering.visible import visible

_NULL, _TEXT, _MERGE = (f"tag:yaml.org,2002:{name}" for name in ("null", "str", "merge"))


def settings_text(name: str, settings: Mapping[str, Any]) -> str:
    """Reads a file with settings, or settings in braces, and puts quotes around names and paths: 2024, no, 12:30.

    Args:
        name: Of the file, or the settings.
        settings: Types by name.

    Returns:
        YAML in braces.

    Raises:
        UsageError: The file cannot be read, is no YAML or no list of settings, or a setting stands twice in it, of
            which only one would count.
    """
    is_file = not name.lstrip().startswith("{")
    shown = visible(name) if is_file else "--config"
    try:
        root = yaml.compose(_text(name) if is_file else name, Loader=yaml.SafeLoader)
        if root is None:
            return "{}"
        if not isinstance(root, yaml.MappingNode):
            raise UsageError(f"config: {shown} is no list of settings. Write lines such as epochs: 50.")
        _require_once(root, shown, [], set())
        for key, value in root.value:
            _quote(value, settings.get(key.value))
        root.flow_style = True
        text = yaml.serialize(root, allow_unicode=True, width=float("inf"))
        yaml.safe_load(text)  # tags that stand for programs
        return text
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or str(error)
        raise UsageError(f"config: {shown}{where} is no YAML: {what}. Write lines such as epochs: 50.") from error


def _text(name: str) -> str:
    if not Path(name).is_file():
        what = "is no file" if Path(name).exists() else "is not there"
        raise UsageError(f"config: {visible(name)!r} {what}. Give a YAML file with settings.")
    try:
        return Path(name).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"config: {visible(name)} is not UTF-8 ({error}). Save it as UTF-8.") from error
    except OSError as error:
        raise UsageError(f"config: {visible(name)} cannot be read ({error.strerror}). Look at its rights.") from error


def _quote(node: yaml.Node, kind: Any) -> None:
    nodes = [node] if is_text(kind) else []
    if isinstance(node, yaml.SequenceNode) and takes_texts(kind):
        nodes = node.value
    for each in nodes:
        if isinstance(each, yaml.ScalarNode) and each.tag != _NULL:
            each.tag, each.style = _TEXT, "'"


def _require_once(node: yaml.Node, name: str, above: list[yaml.Node], seen: set[int]) -> None:
    if any(node is each for each in above):
        raise UsageError(f"config: in {name} something holds itself. Write lines such as epochs: 50.")
    if not isinstance(node, yaml.CollectionNode) or id(node) in seen:
        return
    lines: dict[str, int] = {}
    for entry in node.value:
        key, value = entry if isinstance(node, yaml.MappingNode) else (None, entry)
        if isinstance(key, yaml.ScalarNode):
            line = key.start_mark.line + 1
            if key.value in lines:
                raise UsageError(f"{name}: {key.value} stands in line {lines[key.value]} and in line {line}. Keep one.")
            lines[key.value] = line
            key.tag = key.tag if key.tag == _MERGE else _TEXT
        _require_once(value, name, [*above, node], seen)
    seen.add(id(node))
