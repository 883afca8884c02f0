"""What to try where a model finds next to nothing."""

import math

from boxwright.evaluation.report import Report

LOW = 0.01
"""An AP below it is that of a model that has not learned."""


def said_of_low_score(report: Report, data: str) -> str:
    """Says what to look at if AP is 0, or nearly; else nothing.

    Args:
        report: What was measured.
        data: What it was measured on, as a command names it.
    """
    ap = (report.masks or report).ap
    if math.isnan(ap) or ap >= LOW:
        return ""
    return (
        f"AP is {ap:.3f}: the model has not learned to find these objects. More steps (--epochs) are the first cure. "
        f"`boxwright verify {data}` and `boxwright diagnose {data}` say whether the data can be learned; the page "
        'Troubleshooting of the documentation, "AP stays 0", goes on from there.'
    )
