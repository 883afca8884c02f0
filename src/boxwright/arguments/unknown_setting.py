"""What may be meant by a name that no setting has, and by a word that belongs to none."""

from collections.abc import Collection
from difflib import get_close_matches

from boxwright.arguments.usage_error import UsageError
from boxwright.bounded_text import LONGEST_NAME, bounded


def unknown_setting(asked: str, names: Collection[str], where: str = "") -> UsageError:
    """Builds the error for a name that no setting has.

    Args:
        asked: As it was given.
        names: The settings that exist.
        where: The file, if it was one.
    """
    shown = f"{where}There is no setting {bounded(repr(asked), LONGEST_NAME)}."
    near = _nearest(asked, names)
    if near:
        return UsageError(f"{shown} Did you mean {near!r}?")
    group = asked.rpartition(".")[0]
    valid = [name for name in names if group and name.rpartition(".")[0] == group]
    return UsageError(f"{shown} Valid: {', '.join(valid or top_names(names))}.")


def top_names(names: Collection[str]) -> list[str]:
    """Lists the settings and groups that a file names at its left edge.

    Args:
        names: Settings.
    """
    return list(dict.fromkeys(name.partition(".")[0] for name in names))


def stray_word(word: str, names: Collection[str]) -> UsageError:
    """Builds the error for a word where the name of a setting should be.

    Args:
        word: As typed.
        names: The settings that exist.
    """
    flag = word.lstrip("-")
    name, equals, value = flag.partition("=")
    if name.replace("-", "_") in names:
        written = f"--{name.replace('-', '_')}{equals}{value}"
        return UsageError(f"{word!r} is no setting: two hyphens are missing. Write {written}.")
    if word.startswith("-"):
        return unknown_setting(name, names)
    return UsageError(
        f"{word!r} belongs to no setting: a setting has a name and one value. Put a pattern such as "
        '"photos/*.jpg" in quotes, and several values in brackets without spaces: [64,96].'
    )


def _nearest(asked: str, names: Collection[str]) -> str | None:
    group, _, name = asked.rpartition(".")
    siblings = {each.rpartition(".")[2]: each for each in names if each.rpartition(".")[0] == group}
    near = [each for each in siblings if each == name.lower()] or get_close_matches(name, siblings, n=1)
    if near:
        return siblings[near[0]]
    if not siblings:
        near = get_close_matches(asked, names, n=1)
        if near:
            return near[0]
    last = [each for each in names if each.rpartition(".")[2] == name]
    return last[0] if last else None
