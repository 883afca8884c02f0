"""YAML files with settings, before they are read."""

from itertools import pairwise
from pathlib import Path

import yaml

from boxwright.arguments.parser import UsageError
from boxwright.lettering.visible import visible


def require_settings(words: list[str]) -> None:
    """Refuses configuration files that hold no settings, or one twice, since only one of the values would count.

    Args:
        words: Flags, the files named by `--config`.

    Raises:
        UsageError: A file cannot be read, is no YAML or no list of settings, or a setting stands twice in it.
    """
    for word, following in pairwise([*words, ""]):
        name = following if word == "--config" else word.removeprefix("--config=")
        if name != word and "{" not in name:  # in braces are settings, not a file of them
            _check(_read(name), name, set())


def _read(name: str) -> yaml.Node | None:
    """Reads a file; nothing in it is no setting."""
    if not Path(name).is_file():
        what = "is no file" if Path(name).exists() else "is not there"
        raise UsageError(f"config: {visible(name)!r} {what}. Give a YAML file with settings.")
    try:
        root = yaml.compose(Path(name).read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise UsageError(f"config: {visible(name)} is not UTF-8 ({error}). Save it as UTF-8.") from error
    except OSError as error:
        raise UsageError(f"config: {visible(name)} cannot be read ({error.strerror}). Look at its rights.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or str(error)
        raise UsageError(
            f"config: {visible(name)}{where} is no YAML: {what}. Write lines such as epochs: 50."
        ) from error
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise UsageError(f"config: {visible(name)} is no list of settings. Write lines such as epochs: 50.")
    return root


def _check(node: yaml.Node | None, name: str, seen: set[int]) -> None:
    if not isinstance(node, yaml.CollectionNode) or id(node) in seen:
        return
    seen.add(id(node))
    if not isinstance(node, yaml.MappingNode):
        for entry in node.value:
            _check(entry, name, seen)
        return
    lines: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if lines.setdefault(key.value if isinstance(key, yaml.ScalarNode) else str(line), line) != line:
            raise UsageError(f"{name}: {key.value} stands in line {lines[key.value]} and in line {line}. Keep one.")
        _check(value, name, seen)
