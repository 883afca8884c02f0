"""Words that people bring from another well-known trainer, answered with those of boxwright."""

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import pairwise

from boxwright.arguments.usage_error import UsageError
from boxwright.settings.foreign_answers import foreign_answer

TASKS = ("detect", "segment", "yolo")
MODES = {
    "export": "export",
    "train": "train",
    "tune": "tune",
    "val": "evaluate",
    "test": "evaluate",
    "predict": "predict",
    "track": "predict",
    "benchmark": "benchmark",
}
WITHOUT = {
    "classify": "boxwright finds objects, and classifies no images",
    "pose": "boxwright finds boxes and masks, and no key points",
    "obb": "boxwright finds boxes and masks, and no turned boxes",
    "version": "write `boxwright --version`",
    "checks": "write `boxwright doctor`",
    "settings": "`boxwright train --print_config` shows them",
    "help": "write `boxwright --help`, or `boxwright train --help`",
}
_ASSIGNED = re.compile(r"(?P<name>[a-z]\w*)=(?P<value>.*)", re.DOTALL)


def refuse_foreign_command(words: Sequence[str], commands: Collection[str]) -> None:
    """Answers command lines such as `detect train data=cells`, `val model=best.pt` and `mode=predict`.

    Args:
        words: As typed.
        commands: Those of boxwright.

    Raises:
        UsageError: The command is none of boxwright.
    """
    if words[0] in commands and not (words[0] in MODES.values() and words[1:2] and words[1] in TASKS):
        return
    asked = [word.removeprefix("task=").removeprefix("mode=") for word in words]
    known = [word for word in asked[:3] if word in MODES or word in WITHOUT]
    if not known and asked[0] not in TASKS:
        return
    missing = [word for word in known if word in WITHOUT and word not in commands]
    if missing:
        raise UsageError(f"There is no command {missing[0]!r}: {WITHOUT[missing[0]]}.")
    command = next((word if word in commands else MODES[word] for word in known), "predict")
    rest = [word for word in words if word.removeprefix("task=").removeprefix("mode=") not in (*TASKS, *MODES)]
    lines = list(_answers(command, rest, import_module(f"boxwright.cli.commands.{command}").PARSER.settings))
    tracking = " --tracker bytetrack" if "track" in known and command == "predict" else ""
    raise UsageError("\n".join([f"{' '.join(words[:2])}: here it is `boxwright {command}{tracking}`.", *lines]))


def refuse_foreign_flags(command: str, words: Sequence[str], settings: Mapping[str, object]) -> None:
    """Answers flags of another trainer, and names without hyphens, all of them at once.

    Args:
        command: Of boxwright.
        words: Behind it, as typed.
        settings: Those that the command has.

    Raises:
        UsageError: There is such a word.
    """
    lines = list(_answers(command, words, settings))
    if lines:
        raise UsageError("\n".join(["Here it is written otherwise:", *lines]) if len(lines) > 1 else lines[0].strip())


def _answers(command: str, words: Sequence[str], settings: Mapping[str, object]) -> Iterator[str]:
    follows_flag = False
    for word, following in pairwise([*words, ""]):
        is_value, follows_flag = follows_flag, False
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            follows_flag = not equals and not following.startswith("-")
            name, value = name.replace("-", "_"), value if equals else following * follows_flag
            is_flag = True
        else:
            found = _ASSIGNED.fullmatch(word)
            if is_value or not found or os.path.exists(word):
                continue
            name, value, is_flag = found["name"], found["value"], False
        hint = foreign_answer(command, name, value, settings)
        if hint is None and not is_flag and name in settings:
            hint = f"--{name} {value}"
        if hint:
            shown = word if "=" in word else f"{word} {value}".strip()
            yield f"  {shown}: write {hint}"
