"""What the catalogue says of a part is what its class says."""

from dataclasses import fields, is_dataclass
from importlib import import_module
from inspect import signature
from typing import Any

import pytest

from boxwright.settings.parts.catalog import PARTS
from boxwright.settings.parts.part import FAMILIES, Part
from boxwright.systems.exchange import build_part

ALL = [(role, part) for role, parts in PARTS.items() for part in parts.values()]
OTHER_DEFAULTS = {("focal", "gamma"), ("quality_focal", "gamma"), ("quality_focal", "alpha")}  # those of the papers


def _class(part: Part) -> Any:
    module, _, name = part.place.partition(":")
    return getattr(import_module(module), name)


@pytest.mark.parametrize(("role", "part"), ALL, ids=lambda value: getattr(value, "name", value))
def test_options_are_fields_with_the_same_default(role: str, part: Part) -> None:
    known = signature(_class(part)).parameters
    for option in part.options:
        assert option.name in known
        if (part.name, option.name) not in OTHER_DEFAULTS:
            assert option.default == known[option.name].default, option.name
            assert type(option.default) is type(known[option.name].default)
    assert set(part.fixed) <= set(known)
    assert not set(part.fixed) & {option.name for option in part.options}


@pytest.mark.parametrize(("role", "part"), ALL, ids=lambda value: getattr(value, "name", value))
def test_every_part_is_built_and_says_what_it_is(role: str, part: Part) -> None:
    built = build_part(part, {option.name: option.default for option in part.options})
    assert isinstance(built, _class(part))
    if is_dataclass(built):
        assert fields(built) is not None
    assert part.about
    assert part.source
    assert not part.about.endswith(".")
    assert set(part.unfit) < set(FAMILIES), "it fits somewhere"
    assert all(option.choices or option.about for option in part.options)
