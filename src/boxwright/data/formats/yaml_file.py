"""Reading YAML files that come with data."""

from pathlib import Path
from typing import Any

import yaml

from boxwright.errors import DataError

YAML_SUFFIXES = (".yaml", ".yml")


def read_yaml(path: Path) -> Any:
    """Parses a YAML file into plain values; tags that would build objects are refused.

    Args:
        path: The file.

    Raises:
        DataError: The file cannot be opened or is not plain YAML.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, OSError, RecursionError, ValueError) as error:
        raise DataError(f"{path} cannot be read as YAML: {error}. Correct the file.") from error
