"""What rows come from, so that rows of another model are never mixed with them."""

import hashlib
import json
from pathlib import Path
from typing import Any

from boxwright.prediction.row_predictor import ROW_SETTINGS, RowPredictor
from boxwright.prediction.search import SearchSettings
from boxwright.settings.given_paths import BEST_MODEL

_WITHOUT_EFFECT = ("device", "batch_size", "workers", "channels")
"""Settings that change how fast rows come, and not what is in them."""


def origin_of_rows(predictor: RowPredictor) -> dict[str, Any]:
    """Gives the contents of the model file as a number, and the settings that decide what is found.

    Args:
        predictor: That makes the rows.
    """
    settings = SearchSettings(**predictor.settings)
    values = {name: getattr(settings, name) for name in ROW_SETTINGS if name not in _WITHOUT_EFFECT}
    return {"model": _digest(Path(predictor.model)), "settings": json.loads(json.dumps(values))}


def _digest(model: Path) -> str:
    """Counts what belongs to a model: its file, those beside it of the same name, or all of its folder."""
    file = model / BEST_MODEL if (model / BEST_MODEL).is_file() else model
    if file.is_dir():
        files = [each for each in file.iterdir() if each.is_file()]
    else:
        files = [each for each in file.parent.iterdir() if each.stem == file.stem and each.is_file()]
    digest = hashlib.sha256()
    for each in sorted(files):
        digest.update(f"{each.name}:{each.stat().st_size}:".encode())
        with each.open("rb") as opened:
            digest.update(hashlib.file_digest(opened, "sha256").digest())
    return digest.hexdigest()
