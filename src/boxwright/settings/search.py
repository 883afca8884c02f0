"""What a search is asked for, as far as it can be judged without a model."""

from collections.abc import Mapping, Sequence
from typing import Any

from boxwright.errors import ConfigError, unknown_name
from boxwright.settings.ranges import require_ranges

OUTPUT_KINDS = ("pictures", "json", "crops", "labels")
ON_BAD = ("error", "skip")


def require_search(values: Mapping[str, Any]) -> None:
    """Refuses settings of `boxwright.predict` that are impossible, or contradict each other.

    Args:
        values: By name; what is left out is not judged.

    Raises:
        ConfigError: There is one.
    """
    require_ranges(values)
    require_sizes(values.get("min_size", 0), values.get("max_size"))
    kinds = output_kinds(values.get("save", ()))
    for kind in kinds:
        if kind not in OUTPUT_KINDS:
            raise unknown_name("kind of output", kind, OUTPUT_KINDS)
    if values.get("on_bad", ON_BAD[0]) not in ON_BAD:
        raise unknown_name("value of on_bad", values["on_bad"], ON_BAD)
    if values.get("category_ids") is not None and "json" not in kinds:
        raise ConfigError('category_ids are those of the result file. Add "json" to save, or leave them out.')
    if values.get("classes") is not None:
        require_classes(values["classes"])


def require_classes(classes: str | int | Sequence[str | int]) -> None:
    """Refuses to want no class.

    Args:
        classes: One or several, by name or number.

    Raises:
        ConfigError: There is none.
    """
    if not isinstance(classes, str | int) and not list(classes):
        raise ConfigError("classes is empty, so that no object is wanted. Name some, or leave it out for all.")


def output_kinds(save: Any) -> list[str]:
    """Lists what is to be saved.

    Args:
        save: One or several, also with commas between them.

    Raises:
        ConfigError: It says whether something is saved, where what is saved is asked.
    """
    if isinstance(save, bool):
        raise ConfigError(
            f"save is {save}: it says what is written, and output where. Give save='pictures' and a folder as output, "
            "or leave both out to write nothing."
        )
    names = [save] if isinstance(save, str) else save
    return [kind.strip() for name in names for kind in name.split(",") if kind.strip()]


def require_sizes(least: int | float, most: int | float | None) -> None:
    """Refuses sizes that no object can have.

    Args:
        least: Smaller objects are not wanted; the square root of the area of a box, in pixels.
        most: Larger ones neither; None for no limit.

    Raises:
        ConfigError: No object can have such a size.
    """
    if least < 0:
        raise ConfigError(f"min_size is {least}. Give a number of pixels from 0.")
    if most is not None and most < max(least, 0):
        raise ConfigError(
            f"max_size is {most} and min_size {least}, so that no object is wanted. Give a larger max_size, or leave "
            "it out."
        )
