"""Reading YAML files that come with data."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path
from typing import Any

import yaml

from boxwright.errors import DataError

YAML_SUFFIXES = (".yaml", ".yml")

_NULL, _MERGE, _TEXT = "tag:yaml.org,2002:null", "tag:yaml.org,2002:merge", "tag:yaml.org,2002:str"
_PLAIN = (_NULL, _MERGE, _TEXT, "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map")
_MOST_REPEATED = 100_000  # values and characters that aliases may add to those that are written


def read_yaml(path: Path) -> Any:
    """Parses a YAML file into mappings, lists and text as it is written.

    Nothing is taken for a number, a date or a truth value: a class that is called `no`, `010` or `12:30` keeps its
    name. `null`, `~` and nothing at all are None, unless they are in quotes. Tags, keys that come twice, and aliases
    that multiply what is written are refused.

    Args:
        path: The file.

    Raises:
        DataError: The file cannot be opened or is not plain YAML.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig")
        return yaml.load(text, Loader=_TextLoader)  # builds plain values only
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DataError(f"{path} cannot be read as YAML: line {line} is not UTF-8. Save the file as UTF-8.") from error
    except RecursionError as error:
        raise DataError(f"{path} cannot be read as YAML: it is nested too deeply. Correct the file.") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}). Look at the path and its rights.") from error
    except (yaml.YAMLError, ValueError) as error:
        cure = "Write spaces for the tabs." if "'\\t'" in str(error) else "Correct the file."
        raise DataError(f"{path} cannot be read as YAML: {error}. {cure}") from error


class _TextLoader(yaml.SafeLoader):
    """Builds text from every scalar but null."""

    def get_single_node(self) -> yaml.Node | None:
        """Parses the document and refuses one that is small on the disk and large in the memory."""
        node: yaml.Node | None = super().get_single_node()
        if node is not None:
            weights: dict[int, int] = {}
            total = _weigh(node, weights)
            if total - _written(node, set()) > _MOST_REPEATED:
                raise yaml.YAMLError("aliases (*) repeat too much of it")
        return node


_TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in (_NULL, _MERGE)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _weigh(node: yaml.Node, weights: dict[int, int]) -> int:
    """Counts the values and characters of a node with all its aliases spelled out."""
    known = weights.get(id(node), 0)
    if known < 0:
        raise yaml.YAMLError("a value contains itself")
    if not known:
        weights[id(node)] = -1
        if node.tag not in _PLAIN:
            raise yaml.YAMLError(f"line {node.start_mark.line + 1} has the tag {node.tag!r}; plain values have none")
        if isinstance(node, yaml.MappingNode):
            _require_single_keys(node)
        known = 1 + (len(node.value) if isinstance(node, yaml.ScalarNode) else 0)
        known += sum(_weigh(child, weights) for child in _children(node))
        weights[id(node)] = known
    return known


def _require_single_keys(node: yaml.MappingNode) -> None:
    """Refuses a key that comes twice, before merges put other keys beside those that are written."""
    lines: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
            continue
        line = key.start_mark.line + 1
        if key.value in lines:
            raise yaml.YAMLError(f"the key {key.value!r} comes twice, in line {lines[key.value]} and in line {line}")
        lines[key.value] = line


def _written(node: yaml.Node, seen: set[int]) -> int:
    """Counts the values and characters of a node, every one once."""
    if id(node) in seen:
        return 0
    seen.add(id(node))
    own = 1 + (len(node.value) if isinstance(node, yaml.ScalarNode) else 0)
    return own + sum(_written(child, seen) for child in _children(node))


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []
