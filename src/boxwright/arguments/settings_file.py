"""YAML files with settings."""

from pathlib import Path

import yaml

from boxwright.arguments.usage_error import UsageError
from boxwright.arguments.written import Written, read_yaml
from boxwright.lettering.visible import visible


def read_settings_file(name: str) -> Written:
    """Reads a file with settings, or settings in braces; nothing in it is no setting.

    Args:
        name: Of the file, or the settings.

    Raises:
        UsageError: The file cannot be read, is no YAML or no list of settings, or a setting stands twice in it, of
            which only one would count.
    """
    is_file = not name.lstrip().startswith("{")
    shown = visible(name) if is_file else "--config"
    text = _text(name) if is_file else name
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is not None and not isinstance(root, yaml.MappingNode):
            raise UsageError(f"config: {shown} is no list of settings. Write lines such as epochs: 50.")
        _require_once(root, shown, set())
        return read_yaml(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or str(error)
        raise UsageError(f"config: {shown}{where} is no YAML: {what}. Write lines such as epochs: 50.") from error
    except RecursionError as error:
        raise UsageError(f"config: in {shown} something holds itself. Write lines such as epochs: 50.") from error


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


def _require_once(node: yaml.Node | None, name: str, seen: set[int]) -> None:
    if not isinstance(node, yaml.CollectionNode) or id(node) in seen:
        return
    seen.add(id(node))
    if not isinstance(node, yaml.MappingNode):
        for entry in node.value:
            _require_once(entry, name, seen)
        return
    lines: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if isinstance(key, yaml.ScalarNode):
            if key.value in lines:
                raise UsageError(f"{name}: {key.value} stands in line {lines[key.value]} and in line {line}. Keep one.")
            lines[key.value] = line
        _require_once(value, name, seen)
