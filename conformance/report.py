"""What a run found, for people and for programs."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from conformance.adapter import Adapter
from conformance.run import FAILED, PASSED, SKIPPED, Result

OUTCOMES = (PASSED, FAILED, SKIPPED)


def counts_of(results: Sequence[Result]) -> dict[str, dict[str, int]]:
    """Counts the outcomes of each section.

    Args:
        results: Of a run.
    """
    sections: dict[str, Counter[str]] = {}
    for result in results:
        sections.setdefault(result.case.section, Counter())[result.outcome] += 1
    return {section: {outcome: counts[outcome] for outcome in OUTCOMES} for section, counts in sections.items()}


def table_of(results: Sequence[Result]) -> str:
    """Lays the counts out, one line per section.

    Args:
        results: Of a run.
    """
    counts = counts_of(results)
    total = {outcome: sum(row[outcome] for row in counts.values()) for outcome in OUTCOMES}
    width = max(len(name) for name in (*counts, "section"))
    lines = [f"{'section':<{width}}" + "".join(f"{outcome:>10}" for outcome in OUTCOMES)]
    lines += [
        f"{name:<{width}}" + "".join(f"{row[outcome]:>10}" for outcome in OUTCOMES)
        for name, row in (*counts.items(), ("all", total))
    ]
    return "\n".join(lines)


def failures_of(results: Sequence[Result]) -> str:
    """Describes every failed case: function, case, what is off by how much, and what such a mistake looks like.

    Args:
        results: Of a run.
    """
    blocks = []
    for result in results:
        if result.outcome == FAILED:
            case = result.case
            lines = [f"{case.section}/{case.name} ({result.precision}): {case.function} is wrong."]
            lines += [f"  {name} {fault}" for name, fault in result.faults.items()]
            blocks.append("\n".join([*lines, f"  Defined: {case.about}", f"  Look for: {case.mistake}"]))
    return "\n\n".join(blocks)


def record_of(adapter: Adapter, results: Sequence[Result]) -> dict[str, Any]:
    """Gives all of a run as plain values.

    Args:
        adapter: What was asked.
        results: What came of it.
    """
    return {
        "adapter": adapter.name,
        "sections": counts_of(results),
        "cases": [
            {
                "section": result.case.section,
                "case": result.case.name,
                "function": result.case.function,
                "precision": result.precision,
                "outcome": result.outcome,
                **({"faults": dict(result.faults), "mistake": result.case.mistake} if result.faults else {}),
                **({"reason": result.reason} if result.reason else {}),
            }
            for result in results
        ],
    }
