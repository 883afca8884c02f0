"""The tasks of Label Studio, in its two forms, as one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from boxwright.data.formats.json_file import read_json
from boxwright.errors import DataError

_IMAGE = re.compile(r"\.(?:jpe?g|jpe|jfif|png|bmp|dib|tiff?|webp|gif)(?:[?#]|$)", re.IGNORECASE)
_UPLOAD = re.compile(r"[0-9a-f]{8}-(.+)")


@dataclass(frozen=True, slots=True)
class Task:
    """One image.

    Args:
        number: From 1, in the order of the file.
        image: Path or address, as written.
        results: What was drawn: dictionaries with `value`, and the size of the image, unless the file is broken.
        passed_over: Sets of results that are not read: of other annotators, and predictions.
    """

    number: int
    image: str
    results: list[Any]
    passed_over: int

    def image_names(self) -> tuple[str, list[str]]:
        """Gives the path of the image as it may be here, and its other possible names without folder.

        Label Studio puts eight characters before the names of uploaded files, and serves local files as `?d=path`.
        """
        parts = urlsplit(self.image)
        path = unquote(parse_qs(parts.query).get("d", [parts.path])[0])
        name = path.rpartition("/")[2]
        uploaded = _UPLOAD.fullmatch(name)
        return path.lstrip("/"), [uploaded[1]] if uploaded else []


def read_tasks(path: Path) -> list[Task]:
    """Reads an export.

    Args:
        path: The file.

    Raises:
        DataError: It cannot be read.
    """
    content = read_json(path)
    if not isinstance(content, list):
        raise DataError(f"{path} is no list of tasks. Export as JSON or JSON-MIN.")
    return [_task(entry, number) for number, entry in enumerate(content, start=1) if isinstance(entry, dict)]


def _task(entry: dict[str, Any], number: int) -> Task:
    if isinstance(entry.get("data"), dict):
        made = entry.get("annotations", entry.get("completions"))
        sets = [each for each in made if isinstance(each, dict)] if isinstance(made, list) else []
        kept = [each for each in sets if not each.get("was_cancelled")]
        results = kept[0].get("result") if kept else []
        predictions = entry.get("predictions")
        over = max(0, len(kept) - 1) + (len(predictions) if isinstance(predictions, list) else 0)
        return Task(number, _image_of(entry["data"]), results if isinstance(results, list) else [], over)
    lists = [value for value in entry.values() if isinstance(value, list)]
    return Task(number, _image_of(entry), [_as_result(each) for values in lists for each in values], 0)


def _as_result(found: Any) -> Any:
    """Writes what JSON-MIN has as the longer form does."""
    if not isinstance(found, dict):
        return found
    kind = next((key for key in found if key.endswith("labels")), "")
    size = {key: found.get(key) for key in ("original_width", "original_height")}
    return {"type": kind, "value": found, **size}


def _image_of(values: dict[str, Any]) -> str:
    """Gives the value that is an image: the one called so, else the first that looks like one."""
    texts = {key: value for key, value in values.items() if isinstance(value, str)}
    named = next((texts[key] for key in ("image", "img", "picture") if key in texts), None)
    return named or next(_images_in(texts), "")


def _images_in(texts: dict[str, str]) -> Iterator[str]:
    return (text for text in texts.values() if _IMAGE.search(text))
