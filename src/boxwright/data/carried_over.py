"""What is said after data were written in another form."""

from collections.abc import Sequence

from boxwright.errors import counted


def said_of_the_rest(skipped: Sequence[str], losses: Sequence[str]) -> list[str]:
    """Says what of the source is not in what was written, line by line.

    Args:
        skipped: What was faulty at the source and left out.
        losses: What the new form cannot hold, or what is not read; one line per kind.
    """
    lines = []
    if skipped:
        lines += [f"{counted(len(skipped), 'fault')} left out (first: {skipped[0]})."]
    if losses:
        lines += ["Not carried over:", *(f"  - {loss}" for loss in losses)]
    return lines
