"""What a task-aligned assignment considers, chooses and keeps."""

from typing import NamedTuple

import torch
from torch import Tensor

from boxwright.assigners.journal import Journal
from boxwright.structures.assignment import Assignment
from boxwright.structures.verdicts import Reason


class Pairs(NamedTuple):
    """Candidate or chosen pairs: row of the targets, prior, image · priors + prior, alignment, overlap."""

    target: Tensor
    prior: Tensor
    point: Tensor
    alignment: Tensor
    overlap: Tensor

    def take(self, rows: Tensor) -> "Pairs":
        """Takes some rows of every column, named by a list or by a mask."""
        rows = rows.nonzero().squeeze(1) if rows.dtype == torch.bool else rows
        return Pairs(*(column.take(rows) for column in self))

    def join(self, others: "Pairs") -> "Pairs":
        """Appends the rows of others."""
        return Pairs(*(torch.cat(columns) for columns in zip(self, others, strict=True)))


class Steps(NamedTuple):
    """The way to an assignment: candidates, a mask of those chosen, the pairs left where points were contested."""

    candidates: Pairs
    chosen: Tensor
    resolved: Pairs
    assignment: Assignment

    def write(self, journal: Journal) -> None:
        """Writes down why candidates are no pairs.

        A pair that was resolved and is not in the assignment went to a target that the guarantee served.

        Args:
            journal: Of this assignment.
        """
        chosen, unaligned = self.candidates.take(self.chosen), self.candidates.take(~(self.candidates.alignment > 0))
        journal.add(Reason.LOST, self.resolved.target, self.resolved.prior)
        journal.add(Reason.LOST, chosen.target, chosen.prior)
        journal.add(Reason.NO_OVERLAP, unaligned.target, unaligned.prior)
        journal.add(Reason.BELOW_TOP_K, self.candidates.target, self.candidates.prior)
