from dataclasses import dataclass

import torch
from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten

from boxwright.structures.pytrees import as_pytree


@as_pytree("scale")
@dataclass(frozen=True, slots=True)
class Pair:
    first: torch.Tensor
    others: dict[str, torch.Tensor]
    scale: int

    def __post_init__(self) -> None:
        assert self.first.shape == (1,)


def test_tensors_are_the_leaves_and_plain_fields_stay() -> None:
    pair = Pair(torch.ones(1), {"a": torch.zeros(2)}, 3)
    leaves, shape = tree_flatten(pair)
    assert [leaf.shape for leaf in leaves] == [(1,), (2,)]
    back = tree_unflatten(leaves, shape)
    assert isinstance(back, Pair)
    assert back.first is pair.first
    assert back.scale == 3


def test_what_is_put_together_may_hold_anything() -> None:
    """As torch does, with specifications in the place of tensors."""
    names = tree_map(lambda leaf: tuple(leaf.shape), Pair(torch.ones(1), {"a": torch.zeros(2)}, 3))
    assert names.first == (1,)
    assert names.others == {"a": (2,)}
