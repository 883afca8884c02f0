"""YAML files with settings, before they are read."""

from itertools import pairwise
from pathlib import Path

import yaml

from boxwright.arguments import UsageError


def require_unique_keys(words: list[str]) -> None:
    """Refuses configuration files in which a setting stands twice, since only one of the values would count.

    Args:
        words: Flags, the files named by `--config`. What is no readable YAML is left to the parser.

    Raises:
        UsageError: A setting stands twice in one file.
    """
    for word, following in pairwise([*words, ""]):
        name = following if word == "--config" else word.removeprefix("--config=")
        if name == word or not Path(name).is_file():
            continue
        try:
            root = yaml.compose(Path(name).read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except (yaml.YAMLError, OSError, UnicodeDecodeError):
            continue
        _check(root, name, set())


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
