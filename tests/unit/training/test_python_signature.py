"""What functions of Python take beside settings."""

import inspect
from pathlib import Path

import boxwright
from boxwright.settings.options import OptimizationOptions
from boxwright.systems import build_system
from boxwright.training.python_signature import told_apart


def test_names_are_told_from_what_has_none() -> None:
    own = build_system("ssd_tiny", 2)
    given, parts = told_apart(Path("x"), own, [], None, {"optimization": OptimizationOptions(lr=0.5), "epochs": 3})
    assert given == {"data": Path("x"), "system": "ssd_tiny", "optimization": {"lr": 0.5}, "epochs": 3}
    assert parts.system is own
    assert told_apart(None, None, [], None, {}) == ({}, type(parts)())


def test_the_places_come_first() -> None:
    shown = list(inspect.signature(boxwright.train).parameters)
    assert shown[:2] == ["data", "system"]
    assert shown[-2:] == ["callbacks", "transform"]
