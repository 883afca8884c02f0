"""Turning a file of somebody else into a model file."""

from collections.abc import Sequence
from pathlib import Path

from boxwright.errors import ConfigError
from boxwright.lettering.visible import visible
from boxwright.systems.checkpoint import build_loaded, is_model_file
from boxwright.systems.model_card import UNKNOWN_LICENCE, ModelCard
from boxwright.systems.model_file import write_tensors
from boxwright.systems.published.recognition import read_published

MOST_LISTED = 10


def import_file(path: Path, output: Path, *, system: str | None = None, categories: Sequence[str] | None = None) -> str:
    """Writes weights of others as a model file, and says what they are.

    Args:
        path: The file; nothing in it is run.
        output: Model file to write.
        system: What the network should be, or None for whatever is recognised.
        categories: Names by label, where the file says none.

    Returns:
        What was found and written, as lines.

    Raises:
        DataError: The file is no weights, dangerous, of a network that is not known, or does not fit it.
        ConfigError: It is another system, or something is where the model is to be written.
    """
    if is_model_file(path):
        raise ConfigError(f"file: {path} is a model of boxwright already. Give it to --model or --weights as it is.")
    card, tensors = read_published(path, categories=categories)
    if system is not None and system != card.system:
        raise ConfigError(f"system: {path} is {card.system}, not {system}. Leave --system out, or name that.")
    built = build_loaded(card, tensors, path)
    write_tensors(output, built.detector.state_dict(), card.header(), replaces=False)
    return f"{path} is {said_of(card)}\nWritten to {output}."


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
    return (
        f"Licence, as the file states it: {visible(licence)}. The weights stay under it, and what is trained from them."
    )
