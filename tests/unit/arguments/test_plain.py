"""Settings as plain values."""

from dataclasses import dataclass
from pathlib import Path

from boxwright.arguments.plain import plain


@dataclass(frozen=True, slots=True)
class Options:
    lr: float
    steps: tuple[int, ...]


def test_options_tuples_and_paths_become_plain() -> None:
    assert plain({"a": Options(0.5, (1, 2)), "b": [Path("c")]}) == {"a": {"lr": 0.5, "steps": [1, 2]}, "b": ["c"]}
