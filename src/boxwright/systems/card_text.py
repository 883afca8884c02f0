"""The card of a model as people read it: a page in the form that hubs of models show."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from boxwright.bounded_text import bounded
from boxwright.errors import counted
from boxwright.lettering.visible import visible
from boxwright.systems.card_front import card_front
from boxwright.systems.model_card import BACKBONE, UNKNOWN_LICENCE, ModelCard
from boxwright.writing.atomic_file import atomic_file

README = "README.md"
MARK = "<!-- Written by boxwright from the header of the model file. Take this line away to keep your own changes. -->"
MOST_CATEGORIES = 100
LONGEST_VALUE = 1000
_NUMBERS = {
    "ap": "AP 50:95",
    "ap50": "AP 50",
    "ap75": "AP 75",
    "mask_ap": "mask AP 50:95",
    "mask_ap50": "mask AP 50",
    "best_threshold": "best threshold of the score",
}
_BUDGET = ("data", "epochs", "batch_size", "seed", "precision")
_OF_OPTIMIZATION = ("optimizer", "lr", "warmup_epochs", "schedule")


def card_text(card: ModelCard) -> str:
    """Writes what a card says, in Markdown.

    Args:
        card: Of a model.
    """
    sections = [
        [card_front(card)],
        [_title(card), "", *_network(card)],
        _section("Training", _training(card)),
        _section("Where the weights come from", _provenance(card)),
        _section("Measured", _measured(card)),
        _section("Licence", _licence(card)),
        [MARK],
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def write_readme(folder: Path, card: ModelCard) -> None:
    """Writes the text beside the weights; a README that somebody has made their own stays.

    Args:
        folder: Of the weights.
        card: Of the model.
    """
    path = folder / README
    if path.exists() and (not path.is_file() or MARK.encode() not in path.read_bytes()):
        return
    with atomic_file(path, replaces=True) as file:
        file.write(card_text(card).encode("utf-8", "backslashreplace"))


def _title(card: ModelCard) -> str:
    if card.holds == BACKBONE:
        return (
            f"# A backbone for {card.system}\n\nA start for trainings (`--weights`), and no detector: nothing in it "
            "finds objects yet."
        )
    return f"# {card.system}, {counted(card.num_classes, 'category', 'categories')}"


def _section(title: str, lines: list[str]) -> list[str]:
    return [f"## {title}", "", *lines] if lines else []


def _network(card: ModelCard) -> list[str]:
    shown = [_escaped(name) for name in card.categories[:MOST_CATEGORIES]]
    more = len(card.categories) - len(shown)
    rows: list[tuple[str, Any]] = [
        ("system", card.system),
        ("options", ", ".join(f"{name} {_value(value)}" for name, value in card.options.items())),
        ("parts", ", ".join(f"{role} {_part(part)}" for role, part in card.parts.items())),
        ("canvas", " × ".join(str(side) for side in card.canvas_size)),
        ("images lie in it", card.fit),
        ("images are cut into", card.tiling and str(card.tiling)),
        ("mean", card.normalization and card.normalization.mean),
        ("standard deviation", card.normalization and card.normalization.std),
        ("thresholds", ", ".join(f"{name} {_value(value)}" for name, value in card.thresholds.items())),
        ("categories", ", ".join(shown) + (f" and {more} more" if more else "")),
        ("boxwright", card.boxwright_version),
    ]
    return _table(("network", ""), rows)


def _part(part: Any) -> str:
    """Writes the name of a part, and its options in brackets."""
    options = [f"{name} {_value(value)}" for name, value in part.items() if name != "name"]
    return _value(part.get("name")) + (f" ({', '.join(options)})" if options else "")


def _training(card: ModelCard) -> list[str]:
    chosen = {name: card.config.get(name) for name in _BUDGET}
    optimization = card.config.get("optimization")
    if isinstance(optimization, dict):
        chosen |= {name: optimization.get(name) for name in _OF_OPTIMIZATION}
    return _table(("setting", ""), [(name, value) for name, value in chosen.items() if value is not None])


def _provenance(card: ModelCard) -> list[str]:
    return _table(("start", ""), list(card.provenance.items()))


def _counted(number: Any, one: str) -> str:
    return counted(number, one) if isinstance(number, int) else f"{_value(number)} {one}s"


def _measured(card: ModelCard) -> list[str]:
    found = card.measurements
    if not found:
        return []
    rows: list[tuple[str, Any]] = [(text, _digits(found[key])) for key, text in _NUMBERS.items() if key in found]
    lines = [
        f"On {_value(found.get('data'))}: {_counted(found.get('num_images'), 'image')}, "
        f"{_counted(found.get('num_targets'), 'object')}.",
        "",
    ]
    lines += _table(("number", "value"), rows)
    return [*lines, "", *_classes(found.get("per_class"))]


def _classes(rows: Any) -> Iterator[str]:
    yield "| category | objects | AP 50:95 | AP 50 |"
    yield "|---|---|---|---|"
    for row in [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else ():
        cells = (
            _escaped(str(row.get("name"))),
            row.get("num_targets"),
            _digits(row.get("ap")),
            _digits(row.get("ap50")),
        )
        yield f"| {' | '.join(str(cell) for cell in cells)} |"


def _licence(card: ModelCard) -> list[str]:
    if card.licence == UNKNOWN_LICENCE:
        return ["Unknown: nobody has said under which licence the weights are."]
    return [f"{_escaped(card.licence)}. Weights that are trained further stay under the licence of their start."]


def _table(head: tuple[str, str], rows: list[tuple[str, Any]]) -> list[str]:
    shown = [(name, "" if value is None else _value(value)) for name, value in rows]
    kept = [(name, value) for name, value in shown if value]
    if not kept:
        return []
    return [f"| {head[0]} | {head[1]} |", "|---|---|", *(f"| {_escaped(name)} | {value} |" for name, value in kept)]


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_value(entry) for entry in value[:MOST_CATEGORIES])
    return _escaped(bounded(str(value), LONGEST_VALUE))


def _escaped(text: str) -> str:
    return visible(text).replace("|", "\\|")


def _digits(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, int | float) else "–"
