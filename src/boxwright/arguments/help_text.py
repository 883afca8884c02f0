"""The help of a command, written from its settings."""

import shutil
import textwrap
from collections.abc import Collection, Iterable
from typing import Any

from boxwright.arguments.kinds import choices, wanted
from boxwright.arguments.setting import Setting

_INDENT = 24
_NARROWEST, _WIDEST = 60, 120
_OWN = (
    ("--help", "This text."),
    ("--config FILE", "YAML file with settings; flags win."),
    ("--print_config", "Print all settings as such a file, and do nothing else."),
)


def help_text(command: str, about: str, settings: Collection[Setting]) -> str:
    """Writes what can be set, as wide as the terminal.

    Args:
        command: As typed.
        about: What it does.
        settings: In the order of the help.
    """
    width = min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)
    places = [setting for setting in settings if setting.is_place]
    required = [setting for setting in settings if setting.is_required and not setting.is_place]
    typed = [*(each.name.upper() for each in places), *(f"--{each.name} {_value(each)}" for each in required)]
    lines = [" ".join(("usage:", command, *typed, "[options]")), "", about, ""]
    for place in places:
        lines += _entry(place.name.upper(), _said(place), width)
    flags: Iterable[tuple[str, str]] = [
        (f"--{each.name} {_value(each)}", _said(each)) for each in settings if not each.is_place
    ]
    for flag, said in [*_OWN, *flags]:
        lines += _entry(flag, said, width)
    return "\n".join(lines)


def _entry(name: str, said: str, width: int) -> list[str]:
    texts = textwrap.wrap(said, width - _INDENT, break_on_hyphens=False) or [""]
    if len(name) + 4 <= _INDENT:
        return [f"  {name:<{_INDENT - 2}}{texts[0]}".rstrip(), *(" " * _INDENT + text for text in texts[1:])]
    return [f"  {name}", *(" " * _INDENT + text for text in texts)]


def _value(setting: Setting) -> str:
    words = choices(setting.kind)
    if words:
        return "{" + ",".join(map(str, words)) + "}"
    return "[true|false]" if setting.kind is bool else setting.name.rpartition(".")[2].upper()


def _said(setting: Setting) -> str:
    """Says what it does, of what type it is, and what it is if nobody sets it."""
    is_plain = bool(choices(setting.kind)) or setting.kind is bool or wanted(setting.kind) in ("str", "str or null")
    notes = [] if is_plain else [wanted(setting.kind)]
    if not setting.is_required and setting.default not in (None, "", [], {}, ()):
        notes.append(f"default: {_plain(setting.default)}")
    if setting.is_required:
        notes.append("required")
    return f"{setting.help} ({'; '.join(notes)})" if notes else setting.help


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_plain, value))}]"
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
