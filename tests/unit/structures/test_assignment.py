from dataclasses import FrozenInstanceError, replace

import pytest
import torch

from boxwright.errors import ShapeError
from boxwright.prior_generators import PointGrid
from boxwright.structures import Assignment, Targets

COLUMNS = ("image", "prior", "target", "quality", "weight")
PRIORS = PointGrid((8,))((16, 16))
TARGETS = Targets.from_lists(
    [torch.zeros(0, 4), torch.tensor([[0.0, 0, 8, 8], [8, 8, 16, 16]])], [torch.zeros(0)] * 1 + [torch.tensor([0, 1])]
)


def of_three(batch: int = 3) -> Assignment:
    index, ones = torch.arange(3), torch.ones(3)
    return Assignment(index, index, index, ones, ones / 2, torch.zeros(batch, 5, dtype=torch.bool))


def test_qualities_are_summed_once_for_each_floor() -> None:
    some = of_three()
    assert [some.summed_quality(floor).item() for floor in (1.0, 5.0)] == [3.0, 5.0]
    assert some.summed_quality(1.0) is some.summed_quality(1.0)
    assert replace(some, quality=some.quality * 2).summed_quality(1.0).item() == 6.0


def test_empty_has_no_pair_and_the_right_types_and_size() -> None:
    empty = Assignment.empty(2, 7)
    assert len(empty) == 0
    assert empty.image.dtype == empty.prior.dtype == empty.target.dtype == torch.int64
    assert empty.quality.dtype == empty.weight.dtype == torch.float32
    assert (empty.num_images, empty.num_priors) == (2, 7)
    assert not empty.ignored.any()
    assert Assignment.empty(0, 0).num_images == 0


def test_the_size_is_known_without_pairs_and_without_ignored_priors() -> None:
    assert len(of_three()) == 3
    assert (of_three(4).num_images, of_three(4).num_priors) == (4, 5)


def test_is_built_from_priors_and_targets() -> None:
    found = Assignment.of_pairs(PRIORS, TARGETS, prior=torch.tensor([3, 0]), target=torch.tensor([1, 0]))
    assert found.image.tolist() == [1, 1]
    assert found.quality.tolist() == found.weight.tolist() == [1, 1]
    assert found.ignored.shape == (2, 4)
    assert not found.ignored.any()


def test_quality_weight_and_mask_may_be_given() -> None:
    quality, ignored = torch.tensor([0.5]), torch.ones(2, 4, dtype=torch.bool)
    one = torch.tensor([0])
    found = Assignment.of_pairs(
        PRIORS, TARGETS, prior=one, target=one, quality=quality, weight=2 * quality, ignored=ignored
    )
    assert (found.quality.item(), found.weight.item()) == (0.5, 1.0)
    assert found.ignored.all()


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_of_two_lengths_are_an_error(name: str) -> None:
    with pytest.raises((ShapeError, TypeError)):
        replace(of_three(), **{name: getattr(of_three(), name)[:2]})


def test_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        of_three().image = torch.zeros(3)  # type: ignore[misc]


def test_moving_takes_every_tensor_along() -> None:
    moved = of_three().to("meta")
    assert {getattr(moved, name).device.type for name in (*COLUMNS, "ignored")} == {"meta"}


@pytest.mark.parametrize("rows", [torch.tensor([2, 0]), torch.tensor([True, False, True])])
def test_some_pairs_may_be_kept(rows: torch.Tensor) -> None:
    ignored = torch.ones(3, 5, dtype=torch.bool)
    some = of_three().take(rows, ignored)
    assert sorted(some.target.tolist()) == [0, 2]
    assert some.weight.tolist() == [0.5, 0.5]
    assert some.ignored is ignored
