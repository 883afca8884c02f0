"""Putting parts that are named in place of those of a system."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from boxwright.criterion import (
    BoxRegressionTerm,
    ClassificationTerm,
    CodeRegressionTerm,
    Criterion,
    CriterionLike,
    DualCriterion,
    PairClassificationTerm,
    Term,
)
from boxwright.errors import ConfigError
from boxwright.losses import (
    L1,
    AgainstBackground,
    BinaryCrossEntropy,
    CodeLoss,
    FocalLoss,
    PriorFocalLoss,
    PriorLoss,
    SmoothL1,
    SoftLabelCrossEntropy,
    SoftLabelLoss,
)
from boxwright.settings.parts.choice import Choice, choices_of
from boxwright.settings.parts.part import Part
from boxwright.systems.own_part import LeftBehind, own_part
from boxwright.systems.system import System


def with_parts(system: System, parts: Mapping[str, Any], *, runs_own: bool = True) -> System:
    """Exchanges parts of a system for others by name.

    Args:
        system: Of the catalogue.
        parts: Role → name, or {"name": …, option: …}, see `boxwright.settings.parts.choice.choices_of`. In a system of
            two heads the assigner is that of the head for many points per object; every other part is of both.
        runs_own: Whether a part of the user's is imported and built. A model file may name one, but must not run
            anything: then a part that only says so is in its place.

    Returns:
        The system with these parts, whose names are in `System.parts`.

    Raises:
        ConfigError: A part is unknown or does not fit, an option is impossible, a part of the user's cannot be used, or
            the criterion is not a `Criterion`.

    Example:
        with_parts(build_system("yolov8n", 3), {"assigner": "atss", "box_loss": {"name": "wise_iou", "version": 3}})
    """
    choices = choices_of(system.name, parts)
    if not choices:
        return system
    values = {role: choice.values for role, choice in choices.items()}
    criterion = _exchanged(system.criterion, choices, system.name, runs_own)
    return replace(system, criterion=criterion, parts={**system.parts, **values})


def _exchanged(criterion: CriterionLike, choices: Mapping[str, Choice], system: str, runs_own: bool) -> CriterionLike:
    if isinstance(criterion, DualCriterion):
        others = {role: choice for role, choice in choices.items() if role != "assigner"}
        many = _exchanged(criterion.many, choices, system, runs_own)
        return DualCriterion(many, _exchanged(criterion.one, others, system, runs_own))
    if not isinstance(criterion, Criterion):
        raise ConfigError(
            f"parts: the criterion of {system} is {type(criterion).__name__}, which is not made of terms. "
            "Exchange its parts where it is made."
        )
    for role, choice in choices.items():
        criterion = _PUT[role](criterion, _built(choice, runs_own), system)
    return criterion


def _built(choice: Choice, runs_own: bool) -> Any:
    if choice.known is not None:
        return build_part(choice.known, choice.options)
    return own_part(choice) if runs_own else LeftBehind(choice.role, choice.name)


def build_part(part: Part, options: Mapping[str, Any]) -> Any:
    """Builds a part of the catalogue.

    Args:
        part: Which.
        options: By name.

    Raises:
        ConfigError: A value is impossible.
    """
    module, _, name = part.place.partition(":")
    kind = getattr(import_module(module), name)
    return kind(**part.fixed, **options)


def _with_assigner(criterion: Criterion, part: Any, system: str) -> Criterion:
    return replace(criterion, assigner=part)


def _with_sampler(criterion: Criterion, part: Any, system: str) -> Criterion:
    return replace(criterion, sampler=part)


def _with_reducer(criterion: Criterion, part: Any, system: str) -> Criterion:
    """Exchanges the reducer of every term that has one; objectness means over levels by itself."""
    terms = [replace(term, reducer=part) if hasattr(term, "reducer") else term for term in criterion.terms]  # type: ignore[type-var]
    return replace(criterion, terms=tuple(terms))


def _with_class_loss(criterion: Criterion, part: SoftLabelLoss, system: str) -> Criterion:
    def changed(term: Term) -> Term:
        if isinstance(term, ClassificationTerm):
            return replace(term, loss=_over_priors(part))
        if isinstance(term, PairClassificationTerm):
            return replace(term, loss=part)
        raise ConfigError(f"parts.class_loss: the classes of {system} are a softmax with the background.")

    return _with_term(criterion, "class", changed, f"parts.class_loss: {system} has no loss of classes here")


def _with_box_loss(criterion: Criterion, part: Any, system: str) -> Criterion:
    def changed(term: Term) -> Term:
        assert isinstance(term, BoxRegressionTerm | CodeRegressionTerm)
        shared = {"gain": term.gain, "reducer": term.reducer, "name": term.name}
        if isinstance(part, L1 | SmoothL1):
            coder = term.coder if isinstance(term, CodeRegressionTerm) else getattr(criterion.decode, "__self__", None)
            loss: CodeLoss = part
            return CodeRegressionTerm(coder, loss=loss, **shared)  # type: ignore[arg-type]
        return BoxRegressionTerm(criterion.decode, loss=part, **shared)  # type: ignore[arg-type]

    return _with_term(criterion, "box", changed, f"parts.box_loss: {system} has no loss of boxes")


def _with_term(criterion: Criterion, name: str, change: Callable[[Term], Term], lacking: str) -> Criterion:
    if all(term.name != name for term in criterion.terms):
        raise ConfigError(f"{lacking}: with one category the objectness says everything. Leave it out.")
    return replace(criterion, terms=tuple(change(term) if term.name == name else term for term in criterion.terms))


def _over_priors(loss: SoftLabelLoss) -> PriorLoss:
    """Makes a loss per logit one per prior, in its leaner form where there is one."""
    if loss == SoftLabelCrossEntropy():
        return BinaryCrossEntropy()
    if isinstance(loss, FocalLoss) and loss.positive_weight == 1:
        return PriorFocalLoss(loss.gamma, loss.alpha)
    return AgainstBackground(loss)


_PUT: dict[str, Callable[[Criterion, Any, str], Criterion]] = {
    "assigner": _with_assigner,
    "sampler": _with_sampler,
    "reducer": _with_reducer,
    "class_loss": _with_class_loss,
    "box_loss": _with_box_loss,
}
