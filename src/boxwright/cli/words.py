"""The words of a command line, rewritten to the forms that the parser reads."""

import json
from itertools import pairwise
from pathlib import Path

from boxwright.arguments.parser import SettingsParser, UsageError
from boxwright.lettering.visible import visible


def with_truth(parser: SettingsParser, words: list[str]) -> list[str]:
    """Takes --masks for --masks=true.

    Args:
        parser: Of the command.
        words: Flags with underscores.
    """
    switches = {f"--{action.dest}" for action in parser._actions if getattr(action, "_typehint", None) is bool}
    follows = [*words, ""][1:]
    return [
        f"{word}=true" if word in switches and after.lower() not in ("true", "false") else word
        for word, after in zip(words, follows, strict=True)
    ]


def without_data(words: list[str]) -> list[str]:
    """Takes the data set named by a flag too, as the other commands want it.

    Args:
        words: As typed.
    """
    return [word.removeprefix("--data=") for word in words if word != "--data"]


def gathered(words: list[str], flag: str, *, of_paths: bool = False) -> list[str]:
    """Makes one list of the values of a flag that is given several times; paths may hold commas and brackets.

    Args:
        words: As typed.
        flag: Which.
        of_paths: Whether its values are paths.
    """
    rest, values = [], []
    follows = False
    for word in words:
        if follows or word.startswith(f"{flag}="):
            value = word.removeprefix(f"{flag}=")
            is_one = of_paths and (not value.startswith("[") or Path(value).exists())
            values += [value] if is_one else [name.strip("[]'\" ") for name in value.split(",")]
        elif word != flag:
            rest.append(word)
        follows = word == flag
    return [*rest, f"{flag}={json.dumps(values)}"] if values else rest


def with_underscores(words: list[str]) -> list[str]:
    """Takes --on-bad for --on_bad.

    Args:
        words: As typed.
    """
    return [_with_underscores(word) for word in words]


def require_once(words: list[str]) -> None:
    """Refuses a flag that is typed twice with different values, since only one of them would count.

    Args:
        words: Flags with underscores.

    Raises:
        UsageError: One is.
    """
    values: dict[str, str] = {}
    for word, following in pairwise([*words, ""]):
        flag, equals, joined = word.partition("=")
        if not flag.startswith("--") or flag == "--config" or flag.endswith("+"):
            continue
        value = joined if equals or following.startswith("--") else following
        if values.setdefault(flag, value) != value:
            raise UsageError(
                f"{visible(flag.removeprefix('--'))} is given twice: {visible(values[flag])!r} and {visible(value)!r}. "
                "Keep one."
            )


def _with_underscores(word: str) -> str:
    if not word.startswith("--"):
        return word
    name, equals, value = word.partition("=")
    return f"--{name[2:].replace('-', '_')}{equals}{value}"
