"""What a function of Python takes beside settings, and how its signature shows the settings."""

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any

from lightning.pytorch.callbacks import Callback

from boxwright.data import Dataset
from boxwright.settings.training import given_settings
from boxwright.systems import System
from boxwright.training.python_parts import PythonParts


def told_apart(
    data: str | Path | tuple[Dataset, Dataset] | None,
    system: str | System | None,
    callbacks: Sequence[Callback],
    transform: Callable[..., Any] | None,
    settings: Mapping[str, Any],
) -> tuple[dict[str, Any], PythonParts]:
    """Tells names and values from what has no name on a command line.

    Args:
        data: A name or a path, or two data sets.
        system: A name, or a system.
        callbacks: As `train` has them.
        transform: Likewise.
        settings: All others, by name.
    """
    datasets = data if isinstance(data, tuple) else None
    own = system if isinstance(system, System) else None
    first = {"data": None if isinstance(data, tuple) else data, "system": system if own is None else own.name}
    given = {name: value for name, value in first.items() if value is not None} | dict(settings)
    return given_settings(given), PythonParts(datasets, own, tuple(callbacks), transform)


def signature_of(result: type, *descriptions: type, without: Collection[str] = (), **defaults: Any) -> Signature:
    """Shows every setting where `help` or an editor asks for a signature.

    Args:
        result: What the function gives.
        *descriptions: Dataclasses of settings with defaults.
        without: Fields that are no settings of it.
        **defaults: Those that differ from the fields' own.
    """
    places = ("data", "system")
    parameters = [
        Parameter(
            entry.name,
            Parameter.POSITIONAL_OR_KEYWORD if entry.name in places else Parameter.KEYWORD_ONLY,
            default=defaults.get(entry.name, getattr(description(), entry.name)),
            annotation=entry.type,
        )
        for description in descriptions
        for entry in dataclasses.fields(description)
        if entry.name not in without
    ]
    kind = Parameter.KEYWORD_ONLY
    parameters.append(Parameter("callbacks", kind, default=(), annotation=Sequence[Callback]))
    parameters.append(Parameter("transform", kind, default=None, annotation=Callable[..., Any] | None))
    return Signature(sorted(parameters, key=lambda each: each.kind), return_annotation=result)
