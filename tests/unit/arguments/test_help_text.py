"""The help of a command."""

from dataclasses import KW_ONLY, dataclass
from typing import Literal

import pytest

from boxwright.arguments.parser import SettingsParser

SHOWN = """usage: boxwright x SOURCE --to TO [options]

Does it.

  SOURCE                From where. (required)
  --help                This text.
  --config FILE         YAML file with settings; flags win.
  --print_config        Print all settings as such a file, and do nothing else.
  --to TO               Where to. (required)
  --schedule {linear,cosine}
                        How. (default: linear)
  --on [true|false]     Whether. (default: true)
  --sizes SIZES         Of what: so long that it goes on in the line below.
                        ([int,…]; default: [1,2])
"""


@dataclass
class Flags:
    """Settings.

    Args:
        source: From where.
        to: Where to.
        schedule: How.
        on: Whether.
        sizes: Of what: so long that it goes on in the line below.
    """

    source: str
    _: KW_ONLY
    to: str
    schedule: Literal["linear", "cosine"] = "linear"
    on: bool = True
    sizes: tuple[int, ...] = (1, 2)


def test_help(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        SettingsParser(Flags, command="boxwright x", about="Does it.").given(["--help"])
    assert capsys.readouterr().out == SHOWN
