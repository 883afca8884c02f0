"""The words of a command line, each with the name of its setting, as the parser reads them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from boxwright.arguments.kinds import takes
from boxwright.arguments.unknown_setting import stray_word, unknown_setting
from boxwright.arguments.usage_error import UsageError

ACTIONS = ("help", "print_config")


def named_words(words: Sequence[str], settings: Mapping[str, Any], places: Sequence[str]) -> list[tuple[str, str]]:
    """Finds the setting of each word: --on-bad is on_bad, --masks alone is true, and places need no name.

    Args:
        words: As typed.
        settings: Types by name.
        places: Settings whose value may be typed alone, in this order.

    Returns:
        Names and values as they were typed. What takes several values may come several times.

    Raises:
        UsageError: A name is unknown, a value is lacking, or two contradict each other.
    """
    found: list[tuple[str, str]] = []
    rest = ["--help" if word == "-h" else word for word in words]
    while rest:
        word = rest.pop(0)
        if word.startswith("--"):
            name, equals, text = word[2:].partition("=")
            name = name.replace("-", "_")
            kind = _kind(name, settings)
            if equals and name in ACTIONS:
                raise UsageError(f"--{name} takes no value; found {text!r}. Leave it out.")
            if not equals and name not in ACTIONS:
                text = _value(name, kind, rest)
        else:
            left = [place for place in places if place not in dict(found)]
            if not left or (word.startswith("-") and word != "-"):
                raise stray_word(word, settings)
            name, text, kind = left[0], word, settings[left[0]]
        before = [each for other, each in found if other == name]
        if text in before and kind is not None:
            continue
        if before and kind is not None and not takes(kind, list, Sequence):
            raise UsageError(f"{name} is given twice: {before[0]!r} and {text!r}. Keep one.")
        found.append((name, text))
    return found


def groups_of(settings: Collection[str]) -> set[str]:
    """Names the groups of settings.

    Args:
        settings: Their names.
    """
    return {name.partition(".")[0] for name in settings if "." in name}


def _kind(name: str, settings: Mapping[str, Any]) -> Any:
    """Gives the type of a setting; Any for an entry of a dictionary, None for what is no setting."""
    if name in settings:
        return settings[name]
    if name in (*ACTIONS, "config") or name in groups_of(settings):
        return None
    outer, _, entry = name.partition(".")
    if entry and takes(settings.get(outer), dict, Mapping):
        return Any
    raise unknown_setting(name, settings)


def _value(name: str, kind: Any, rest: list[str]) -> str:
    """Takes the value behind a flag from the words that are left."""
    if kind is bool and (not rest or rest[0].lower() not in ("true", "false")):
        return "true"
    is_flag = not rest or (rest[0].startswith("-") and rest[0] != "-" and rest[0][1] not in ".0123456789")
    if is_flag:
        raise UsageError(f"--{name} needs a value. One that begins with a hyphen is joined to it: --{name}=-1.")
    return rest.pop(0)
