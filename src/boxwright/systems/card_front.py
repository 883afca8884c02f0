"""What hubs of models read at the head of a card."""

import math
import re
from typing import Any

import yaml

from boxwright.bounded_text import bounded
from boxwright.lettering.visible import visible
from boxwright.systems.catalog import has_masks
from boxwright.systems.model_card import BACKBONE, DETECTOR, UNKNOWN_LICENCE, ModelCard

LONGEST_TEXT = 300
LICENCES = (
    *("afl-3.0", "agpl-3.0", "apache-2.0", "artistic-2.0", "bsd", "bsd-2-clause", "bsd-3-clause", "bsl-1.0"),
    *("cc", "cc0-1.0", "cc-by-2.0", "cc-by-3.0", "cc-by-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0"),
    *("cc-by-nc-nd-4.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "ecl-2.0", "epl-1.0"),
    *("epl-2.0", "eupl-1.1", "eupl-1.2", "gpl", "gpl-2.0", "gpl-3.0", "isc", "lgpl", "lgpl-2.1", "lgpl-3.0", "mit"),
    *("mpl-2.0", "ms-pl", "ncsa", "odbl", "openrail", "osl-3.0", "unlicense", "wtfpl", "zlib"),
)
"""Names of licences that hubs know; any other has to be called "other" there."""

_DETECTION, _SEGMENTATION = "object-detection", "image-segmentation"
_METRICS = {
    _DETECTION: {"ap": ("map", "AP 50:95"), "ap50": ("map_50", "AP 50"), "ap75": ("map_75", "AP 75")},
    _SEGMENTATION: {"mask_ap": ("map", "mask AP 50:95"), "mask_ap50": ("map_50", "mask AP 50")},
}
_LICENCE = re.compile(r"(?P<name>[\w.-]+)(?: licen[cs]e)?(?: \(https?://[^\s()]+\))?", re.ASCII | re.IGNORECASE)


def card_front(card: ModelCard) -> str:
    """Writes library, task, licence, tags and what the model reaches, as YAML between two lines.

    What is not known is left out.

    Args:
        card: Of a model.
    """
    task = _SEGMENTATION if has_masks(card.system) else _DETECTION
    front: dict[str, Any] = {"library_name": "boxwright"}
    if card.holds == DETECTOR:  # a backbone does none of the tasks
        front["pipeline_tag"] = task
    front |= {**_licence(card.licence), "tags": [task if card.holds == DETECTOR else BACKBONE, card.system]}
    results = _results(card)
    if results:
        front["model-index"] = [{"name": card.system, "results": results}]
    return f"---\n{yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=float('inf'))}---"


def _licence(stated: str) -> dict[str, str]:
    """Gives the name that hubs have for a licence, which may be followed by its address; else what is stated."""
    found = _LICENCE.fullmatch(stated.strip())
    if found is not None and found["name"].lower() in (*LICENCES, UNKNOWN_LICENCE):
        return {"license": found["name"].lower()}
    return {"license": "other", "license_name": bounded(visible(stated), LONGEST_TEXT)}


def _results(card: ModelCard) -> list[dict[str, Any]]:
    measured = card.measurements
    data = measured.get("data")
    if not isinstance(data, str) or not data.strip():  # a number says nothing without the data
        return []
    dataset = {"type": "unknown", "name": bounded(visible(data), LONGEST_TEXT)}  # a type is a name of the hub's own
    results = []
    for task, names in _METRICS.items():
        metrics = [
            {"type": kind, "value": round(float(measured[key]), 4), "name": text}
            for key, (kind, text) in names.items()
            if _is_share(measured.get(key))
        ]
        if metrics:
            results.append({"task": {"type": task}, "dataset": dict(dataset), "metrics": metrics})
    return results


def _is_share(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and 0 <= value <= 1
