"""A name in a package is one thing: no function and no class hides the module of its name."""

import importlib
import pkgutil
from types import ModuleType

import boxwright


def _hidden(package: ModuleType) -> list[str]:
    """Finds the modules that something else stands for, in a package and below."""
    names = [found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    modules = {name: importlib.import_module(name) for name in names}
    hidden = []
    for name, module in modules.items():
        parent, _, own = name.rpartition(".")
        if getattr(importlib.import_module(parent), own) is not module:
            hidden.append(name)
    return hidden


def test_no_module_is_hidden() -> None:
    hidden = _hidden(boxwright)
    assert not hidden, (
        f"`import X as x` gives something else for {hidden}. Rename the module, or do not offer the name."
    )


def test_the_package_says_where_the_function_of_a_command_is() -> None:
    named = {name: getattr(boxwright, name).__module__ for name in boxwright.__all__ if name != "__version__"}
    assert named == boxwright._LAZY


def test_the_rule_can_fail(monkeypatch) -> None:
    package = importlib.import_module("boxwright.prediction")
    monkeypatch.setattr(package, "frames", package.read_frames)
    assert _hidden(package) == ["boxwright.prediction.frames"]
