"""Which output channels of a layer belong to which class, and putting those of other weights there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True)
class ClassRows:
    """The order of the output channels of a layer that predicts classes: group by group, inside a group class by class.

    Args:
        groups: Anchors or default boxes at each cell.
        offset: Channels of a group before the first class, such as the background or the objectness.
    """

    groups: int = 1
    offset: int = 0

    def taken_over(self, own: Tensor, given: Tensor, labels: Mapping[int, int]) -> Tensor | None:
        """Puts rows of other weights in the place of one's own, what is no class too.

        Args:
            own: Weight or bias of the layer.
            given: The same of a layer of this order, with as many groups, whose classes are others.
            labels: Of the classes that both have: own label → label there.

        Returns:
            The tensor, or None if nothing of it can be taken over.
        """
        if own.shape[1:] != given.shape[1:] or own.shape[0] % self.groups or given.shape[0] % self.groups:
            return None
        if not labels and not self.offset:
            return None
        mixed, source = own.clone().unflatten(0, (self.groups, -1)), given.unflatten(0, (self.groups, -1))
        mixed[:, : self.offset] = source[:, : self.offset]
        for label, other in labels.items():
            mixed[:, self.offset + label] = source[:, self.offset + other]
        rows: Tensor = mixed.flatten(0, 1)
        return rows


def kept_rows(values: Tensor, groups: int, rows: Sequence[int]) -> Tensor:
    """Keeps some rows of every group, in an order of one's own.

    Args:
        values: Weight or bias of a layer that predicts classes.
        groups: Anchors or default boxes at each cell.
        rows: Which of a group stay, and in which order.
    """
    kept: Tensor = values.unflatten(0, (groups, -1))[:, list(rows)].flatten(0, 1)
    return kept
