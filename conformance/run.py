"""Asks an implementation every case that it can answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.adapter import Adapter, BadAdapterError, unfit_arguments
from conformance.case import Array, Case
from conformance.comparison import fault_of

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


@dataclass(frozen=True)
class Result:
    """What came of one case in one precision.

    Args:
        case: What was asked.
        precision: That of the inputs.
        outcome: "passed", "failed" or "skipped".
        faults: Output → what is wrong with it.
        reason: Why it was skipped.
    """

    case: Case
    precision: str
    outcome: str
    faults: Mapping[str, str]
    reason: str = ""


def run_cases(adapter: Adapter, cases: Iterable[Case], precisions: Iterable[str] | None = None) -> list[Result]:
    """Runs the cases in each precision that the adapter and the case have.

    Args:
        adapter: The implementation.
        cases: What to ask.
        precisions: In place of those of the adapter.

    Raises:
        BadAdapterError: A function does not take the arguments of its cases, or gives what is no output.
    """
    asked = tuple(precisions or adapter.precisions)
    results = []
    for case in cases:
        usable = [precision for precision in asked if precision in case.precisions]
        if case.function not in adapter.functions:
            results.append(Result(case, usable[0] if usable else asked[0], SKIPPED, {}, "not offered"))
            continue
        results += [run_case(adapter, case, precision) for precision in usable]
    return results


def run_case(adapter: Adapter, case: Case, precision: str) -> Result:
    """Runs one case.

    Args:
        adapter: Has the function that the case asks for.
        case: What to ask.
        precision: Of every input that is no whole number.

    Raises:
        BadAdapterError: The function does not take the arguments of the case, or gives what is no output.
    """
    function = adapter.functions[case.function]
    arguments: dict[str, Any] = {name: _cast(array, precision) for name, array in case.inputs.items()}
    arguments |= case.parameters
    unfit = unfit_arguments(function, arguments)
    if unfit:
        raise BadAdapterError(
            f"{case.function} of {adapter.name} is called with {', '.join(sorted(arguments))}, as keywords: {unfit}."
        )
    try:
        found = function(**arguments)
    except NotImplementedError as error:
        return Result(case, precision, SKIPPED, {}, str(error) or "not offered")
    except Exception as error:
        return Result(case, precision, FAILED, {"the call": f"raises {type(error).__name__}: {error}"})
    given = _by_name(found, case, adapter)
    faults = {}
    for name, value in given.items():
        fault = fault_of(value, case.expected[name], case.tolerance[name], precision, case.ties.get(name))
        if fault:
            faults[name] = fault
    return Result(case, precision, FAILED if faults else PASSED, faults)


def _cast(array: Array, precision: str) -> Array:
    return array.astype(precision) if array.dtype.kind == "f" else array.copy()


def _by_name(answer: Any, case: Case, adapter: Adapter) -> Mapping[str, Any]:
    """Gives outputs by name; a function whose cases have one output may give the array alone."""
    found: Mapping[str, Any] = answer if isinstance(answer, Mapping) else {type(answer).__name__: answer}
    if not isinstance(answer, Mapping) and len(case.expected) == 1:
        return {next(iter(case.expected)): answer}
    unknown = sorted(set(found) - set(case.expected))
    if unknown or not found:
        given = ", ".join(unknown) if unknown else "nothing"
        raise BadAdapterError(
            f"{case.function} of {adapter.name} gives {given}. It may give a dictionary with any of "
            f"{', '.join(sorted(case.expected))}."
        )
    return found
