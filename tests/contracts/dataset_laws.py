"""What holds for every data set; a test subclasses this and gives one."""

import pickle
from typing import Any

import pytest
import torch

from boxwright.data import Dataset


class DatasetLaws:
    """The laws of `Dataset`."""

    @pytest.fixture
    def subject(self) -> Dataset:
        """Gives a data set of two images or more."""
        raise NotImplementedError

    def test_it_is_a_dataset(self, subject: Dataset) -> None:
        assert isinstance(subject, Dataset)
        assert len(subject) >= 2
        assert len(subject.categories) == len(subject.category_ids)

    def test_reading_twice_gives_equal_samples(self, subject: Dataset) -> None:
        for position in range(len(subject)):
            require_same(subject[position], subject[position])

    def test_what_is_done_to_a_sample_does_not_come_back(self, subject: Dataset) -> None:
        for position in range(len(subject)):
            before = subject[position].image.clone()
            subject[position].image.fill_(7)
            assert torch.equal(subject[position].image, before)

    def test_samples_hold_what_the_truth_says(self, subject: Dataset) -> None:
        for position in range(len(subject)):
            sample, truth = subject[position], subject.truth(position)
            assert sample.origin == truth.origin
            assert sample.size == truth.origin.size
            assert len(truth.area) == len(truth)
            for name in ("boxes", "labels", "ignore"):
                assert torch.equal(getattr(sample, name), getattr(truth, name))

    def test_ids_are_their_own(self, subject: Dataset) -> None:
        assert len({subject.truth(position).origin.image_id for position in range(len(subject))}) == len(subject)

    def test_positions_follow_the_rule_of_lists(self, subject: Dataset) -> None:
        require_same(subject[-1], subject[len(subject) - 1])
        assert torch.equal(subject.truth(-1).boxes, subject.truth(len(subject) - 1).boxes)
        for position in (len(subject), -len(subject) - 1):
            with pytest.raises(IndexError):
                subject[position]
            with pytest.raises(IndexError):
                subject.truth(position)

    def test_it_survives_being_sent(self, subject: Dataset) -> None:
        first = subject[0]
        sent: Dataset = pickle.loads(pickle.dumps(subject))
        assert len(sent) == len(subject)
        require_same(sent[0], first)


def require_same(one: Any, other: Any) -> None:
    """Compares two samples."""
    assert one.origin == other.origin
    for name in ("image", "boxes", "labels", "ignore"):
        assert torch.equal(getattr(one, name), getattr(other, name)), name
    assert (one.masks is None) == (other.masks is None)
    if one.masks is not None:
        assert torch.equal(one.masks.windows, other.masks.windows)
        assert torch.equal(one.masks.bits, other.masks.bits)
