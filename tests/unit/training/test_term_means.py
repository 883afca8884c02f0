"""Means of the loss terms."""

import torch

from boxwright.training.term_means import TermMeans, stacked


def test_means_are_over_the_steps() -> None:
    means = TermMeans()
    assert means.means() == {}
    means.add(["box", "class"], torch.tensor([1.0, 4.0]))
    means.add(["box", "class"], torch.tensor([3.0, 0.0]))
    assert means.means() == {"box": 2.0, "class": 2.0}
    means.clear()
    assert means.means() == {}


def test_a_part_of_an_epoch_can_be_kept_and_gone_on_with() -> None:
    first, whole = TermMeans(), TermMeans()
    for values in ([1.0, 4.0], [3.0, 0.0]):
        first.add(["box", "class"], torch.tensor(values))
        whole.add(["box", "class"], torch.tensor(values))
    second = TermMeans()
    second.load_state_dict(first.state_dict())
    for means in (second, whole):
        means.add(["box", "class"], torch.tensor([5.0, 1.0]))
    assert second.means() == whole.means()
    empty = TermMeans()
    empty.load_state_dict(TermMeans().state_dict())
    assert empty.means() == {}


def test_devices_count_alike() -> None:
    means = TermMeans()
    means.add(["box"], torch.tensor([1.0]))
    assert means.means(lambda values: (values + 3.0) / 2) == {"box": 2.0}
    assert means.state_dict(lambda values: (values + 3.0) / 2)["sum"].tolist() == [2.0]


def test_losses_become_numbers() -> None:
    weight = torch.tensor(2.0, dtype=torch.bfloat16, requires_grad=True)
    values = stacked({"box": weight, "class": 2 * weight})
    assert values.tolist() == [2.0, 4.0]
    assert (values.dtype, values.requires_grad) == (torch.float32, False)
