"""The laws of every sampler. A unit test subclasses `SamplerLaws` and inherits the tests."""

import torch
from torch import Tensor

from boxwright.samplers import Sampler
from boxwright.structures import Assignment
from tests.contracts.assignments import assignment_of
from tests.contracts.scenes import pairs_of

BATCH, PRIORS = 3, 40


def random_assignment(seed: int = 0) -> Assignment:
    """Twelve pairs in three images, and some ignored priors without a pair."""
    generator = torch.Generator().manual_seed(seed)
    point = torch.randperm(BATCH * PRIORS, generator=generator)[:12].sort().values
    ignored = torch.rand(BATCH, PRIORS, generator=generator) < 0.2
    ignored.view(-1)[point] = False
    return assignment_of(
        point // PRIORS, point % PRIORS, torch.arange(12), torch.rand(12, generator=generator), ignored
    )


class SamplerLaws:
    """Hook: `make`."""

    def make(self) -> Sampler:
        raise NotImplementedError

    def sample(self, assignment: Assignment) -> Assignment:
        values = torch.rand(BATCH, PRIORS, generator=torch.Generator().manual_seed(5))
        return self.make()(assignment, lambda: values)

    def test_is_a_part(self) -> None:
        assert isinstance(self.make(), Sampler)

    def test_pairs_are_kept_as_they_were_or_left_out(self) -> None:
        before = random_assignment()
        assert pairs_of(self.sample(before)).items() <= pairs_of(before).items()

    def test_what_is_left_out_is_ignored(self) -> None:
        before = random_assignment()
        after = self.sample(before)
        left_out = positives(before) & ~positives(after)
        assert after.ignored[left_out].all()
        assert not (after.ignored & positives(after)).any()

    def test_ignored_stays_ignored(self) -> None:
        before = random_assignment()
        after = self.sample(before)
        assert after.ignored[before.ignored].all()

    def test_is_deterministic(self) -> None:
        before = random_assignment()
        assert pairs_of(self.sample(before)) == pairs_of(self.sample(before))

    def test_leaves_its_input_alone(self) -> None:
        before, untouched = random_assignment(), random_assignment()
        self.sample(before)
        assert pairs_of(before) == pairs_of(untouched)
        assert torch.equal(before.ignored, untouched.ignored)

    def test_nothing_gives_nothing(self) -> None:
        assert len(self.sample(Assignment.empty(BATCH, PRIORS))) == 0


def positives(assignment: Assignment) -> Tensor:
    mask = torch.zeros(BATCH, PRIORS, dtype=torch.bool)
    mask[assignment.image, assignment.prior] = True
    return mask
