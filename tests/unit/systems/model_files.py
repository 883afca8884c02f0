"""Model files that somebody has changed, or that a release of before has written."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from boxwright.systems import System


def rewritten(path: Path, **changes: Any) -> Path:
    """Changes entries of the card; `...` takes one away."""
    with safe_open(path, framework="pt") as file:
        values = json.loads(file.metadata()["boxwright"]) | changes
    kept = {key: value for key, value in values.items() if value is not ...}
    save_file(load_file(path), path, metadata={"boxwright": json.dumps(kept)})
    return path


def older_file(path: Path, system: System, categories: Sequence[str], config: Mapping[str, Any]) -> Path:
    """Writes a model as boxwright did before safetensors."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "format": "boxwright model",
        "format_version": 1,
        "boxwright_version": "0.1.0",
        "system": system.name,
        "options": dict(system.options),
        "num_classes": system.num_classes,
        "categories": list(categories),
        "category_ids": list(range(len(categories))),
        "canvas_size": [64, 96],
        "config": dict(config),
        "weights": dict(system.detector.state_dict()),
    }
    torch.save(content, path)
    return path
