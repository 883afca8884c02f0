"""Turning a file of somebody else into a model file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from boxwright.bounded_text import bounded
from boxwright.errors import ConfigError
from boxwright.foreign_weights import read_foreign
from boxwright.lettering.visible import visible
from boxwright.systems.checkpoint import fitting_tensors, is_older_model, with_source
from boxwright.systems.model_card import BACKBONE, UNKNOWN_LICENCE, ModelCard
from boxwright.systems.model_file import is_safetensors, read_header, write_tensors
from boxwright.systems.published.backbone_start import backbone_start, said_of_start
from boxwright.systems.published.recognition import UnknownNetworkError, read_published
from boxwright.systems.published.starts import located

MOST_LISTED = 10
LONGEST_LICENCE = 300  # letters that are printed


def import_file(
    given: str | Path,
    output: Path,
    *,
    system: str | None = None,
    options: Mapping[str, Any] | None = None,
    categories: Sequence[str] | None = None,
) -> str:
    """Writes weights of others as a model file, and says what they are; those of a classifier as a start.

    Args:
        given: The file, nothing in which is run; or published weights by name, see `located`.
        output: Model file to write.
        system: What the network should be, or None for whatever is recognised; for a backbone, what starts from it.
        options: Of the system that shall start from a backbone.
        categories: Names by label, where the file says none.

    Returns:
        What was found and written, as lines.

    Raises:
        DataError: The file is no weights, dangerous, of a network that is not known, or does not fit it.
        ConfigError: It is another system, or something is where the model is to be written.
    """
    path, source = located(given)
    card, tensors = _read(path, system, options or {}, categories)
    card = with_source(card, source)
    write_tensors(output, tensors, card.header(), replaces=False)
    if card.holds == BACKBONE:
        lines = [f"{path} is a backbone.", f"SHA-256: {card.provenance['sha256']}.", licence_line(card.licence)]
        return "\n".join([*lines, f"Written to {output}.", said_of_start(card, output)])
    return f"{path} is {said_of(card)}\nWritten to {output}."


def _read(
    path: Path, system: str | None, options: Mapping[str, Any], categories: Sequence[str] | None
) -> tuple[ModelCard, dict[str, Tensor]]:
    is_safe = path.is_file() and is_safetensors(path)
    content = None if is_safe else read_foreign(path)
    if read_header(path) is not None if is_safe else is_older_model(content):
        raise ConfigError(f"file: {path} is a model of boxwright already. Give it to --model or --weights as it is.")
    try:
        card, tensors = read_published(path, categories=categories, content=content)
    except UnknownNetworkError as found:
        if system is None:
            raise
        if categories is not None:
            raise ConfigError(
                f"categories: {path} is no detector that is known, and a backbone finds no categories. Leave them out; "
                "a training takes those of its data."
            ) from found
        return backbone_start(found, system, options)
    if system is not None and system != card.system:
        raise ConfigError(f"system: {path} is {card.system}, not {system}. Leave --system out, or name that.")
    if options:
        raise ConfigError(
            f"system_options: {path} is a whole detector, {card.system}, whose weights say what its options are. Leave "
            "them out."
        )
    return card, fitting_tensors(card, tensors, path)


def said_of(card: ModelCard) -> str:
    """Says what was recognised, and under which licence it stays.

    Args:
        card: Of imported weights.
    """
    source = card.provenance
    names = ", ".join(visible(name) for name in card.categories[:MOST_LISTED])
    more = f" and {len(card.categories) - MOST_LISTED} more" if len(card.categories) > MOST_LISTED else ""
    lines = [
        f"{card.system}, in the form of {source['format']}.",
        f"Categories: {names}{more}.",
        f"SHA-256: {source['sha256']}.",
        licence_line(card.licence),
        *source["notes"],
    ]
    return "\n".join(lines)


def licence_line(licence: str) -> str:
    """Says what a licence means for what is made of the weights.

    Args:
        licence: As stated in the file, or "unknown".
    """
    if licence == UNKNOWN_LICENCE:
        return (
            "Licence: unknown, the file states none. Weights stay under the licence of who trained them: those of a "
            "trainer under the AGPL under the AGPL, and so does what is trained from them."
        )
    stated = visible(bounded(licence, LONGEST_LICENCE))
    return f"Licence, as the file states it: {stated}. The weights stay under it, and what is trained from them."
