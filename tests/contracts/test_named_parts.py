"""Parts by name: what claims to fit trains on every batch, and what does not is refused with the reason.

Terms share nothing but the assignment, so what can go wrong between parts goes wrong between two of them: every two
parts of different roles that fit a system come together in a training with a step on every batch, and every combination
at all is built.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import Any

import pytest
import torch
from torch import Tensor

from boxwright.criterion import Criterion
from boxwright.errors import ConfigError
from boxwright.samplers import KeepAll
from boxwright.settings.parts.catalog import PARTS
from boxwright.settings.parts.part import FAMILIES
from boxwright.structures import Assignment, Predictions, Priors, Proposals, Targets
from boxwright.systems import System, build_system, with_parts
from tests.contracts.scenes import random_boxes

CLASSES = 2
SYSTEMS: dict[str, tuple[str, dict[str, Any], tuple[int, int], int]] = {
    "ssd": ("ssd_tiny", {}, (224, 224), 4),
    "retinanet": ("retinanet_r18", {"width": 32, "depth": 0}, (64, 64), 4),
    "fcos": ("fcos_r18", {"width": 32, "depth": 0}, (64, 64), 4),
    "yolov5": ("yolov5n", {}, (64, 96), 4),
    "yolov8": ("yolov8n", {"reg_max": 8}, (64, 96), 32),
}
# by name: how many objects and how many ignored regions each image has
BATCHES = {"normal": [(3, 0), (2, 0)], "crowded": [(30, 0)], "empty": [(0, 0), (0, 0)], "ignored": [(2, 2), (0, 1)]}
OPTIONS = {"balanced": {"sampler.size": 64, "sampler.seed": 0}}
Names = tuple[str, ...]


@dataclass(frozen=True)
class Bench:
    """A system without its network, and batches with predictions that a head could have made."""

    system: System
    priors: Priors
    targets: dict[str, Targets]
    code_size: int

    def leaves(self, batch: str) -> list[Tensor]:
        generator = torch.Generator().manual_seed(1)
        sizes = [(CLASSES + self.has_background, -1.5), (self.code_size, 0.0), (1, -2.0)]
        return [
            torch.randn(len(BATCHES[batch]), len(self.priors), size, generator=generator) * 0.5 + mean
            for size, mean in sizes
        ]

    @property
    def has_background(self) -> bool:
        return self.system.name.startswith("ssd")

    def predictions(self, leaves: list[Tensor]) -> Predictions:
        logits, codes, one = leaves
        names = {"yolov5": "objectness", "fcos": "centreness"}
        further = {name: one for family, name in names.items() if self.system.name.startswith(family)}
        codes = codes.relu() + 0.1 if "centreness" in further else codes  # as the head gives distances
        return Predictions.from_dense(logits, codes, self.priors, further=further, has_background=self.has_background)


@pytest.fixture(scope="module", params=FAMILIES)
def bench(request: pytest.FixtureRequest) -> Bench:
    name, options, canvas, code_size = SYSTEMS[request.param]
    system = build_system(name, CLASSES, **options)
    generator = torch.Generator().manual_seed(0)

    def targets(counts: list[tuple[int, int]]) -> Targets:
        numbers = [objects + regions for objects, regions in counts]
        boxes = [random_boxes(generator, number, canvas, smallest=8.0, dtype=torch.float32) for number in numbers]
        labels = [torch.randint(CLASSES, (number,), generator=generator) for number in numbers]
        return Targets.from_lists(boxes, labels, [torch.arange(sum(count)) >= count[0] for count in counts])

    batches = {batch: targets(counts) for batch, counts in BATCHES.items()}
    return Bench(system, system.prior_generator(canvas, "cpu"), batches, code_size)


def fitting(family: str) -> list[list[str]]:
    """By role, the names of the parts that claim to fit; a softmax has no class loss to exchange."""
    names = [[part.name for part in parts.values() if family not in part.unfit] for parts in PARTS.values()]
    return [found or [""] for found in names]


def named(names: Names) -> dict[str, Any]:
    parts: dict[str, Any] = {role: name for role, name in zip(PARTS, names, strict=True) if name}
    for name in names:
        parts |= OPTIONS.get(name, {})
    return parts


def every_two(roles: list[list[str]]) -> Iterator[Names]:
    """Few combinations in which any two parts of different roles come together."""
    places = range(len(roles))
    left = {(i, a, j, b) for i, j in combinations(places, 2) for a, b in product(roles[i], roles[j])}

    def pairs(chosen: dict[int, str]) -> set[tuple[int, str, int, str]]:
        return {(i, chosen[i], j, chosen[j]) for i, j in combinations(sorted(chosen), 2)}

    while left:
        i, a, j, b = min(left)
        chosen = {i: a, j: b}
        for place in places:
            if place not in chosen:
                chosen[place] = max(roles[place], key=lambda name: len(pairs({**chosen, place: name}) & left))
        left -= pairs(chosen)
        yield tuple(chosen[place] for place in places)


class Given:
    """Gives the assignment that a gradient is of, which may be another one after a step."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment

    def __call__(self, priors: Priors, targets: Targets, proposals: Proposals | None = None) -> Assignment:
        return self.assignment


def falls(bench: Bench, criterion: Criterion, batch: str) -> None:
    """A step of gradient descent, by a small part of the loss, makes it smaller, or it is 0."""
    leaves, targets = [leaf.requires_grad_() for leaf in bench.leaves(batch)], bench.targets[batch]
    outcome = criterion.run(bench.predictions(leaves), bench.priors, targets)
    loss = torch.stack(list(outcome.losses.values())).sum()
    gradients = torch.autograd.grad(loss, leaves, allow_unused=True)
    slopes = [torch.zeros_like(leaf) if one is None else one for leaf, one in zip(leaves, gradients, strict=True)]
    length = sum(float(slope.square().sum()) for slope in slopes)
    step = 0.005 * float(loss.detach()) / max(length, 1e-12)
    stepped = [leaf.detach() - step * slope for leaf, slope in zip(leaves, slopes, strict=True)]
    kept = replace(criterion, assigner=Given(outcome.assignment), sampler=KeepAll())
    with torch.no_grad():
        after = torch.stack(list(kept(bench.predictions(stepped), bench.priors, targets).values())).sum()
    criterion.after_step()  # so that the next batch meets what this one leaves
    assert loss.isfinite()
    assert after < loss or loss == after == 0, (outcome.losses, after)


def test_every_two_parts_train_on_every_batch(bench: Bench) -> None:
    family = next(each for each in FAMILIES if bench.system.name.startswith(each))
    faults = []
    for names in every_two(fitting(family)):
        criterion = with_parts(bench.system, named(names)).criterion
        for batch in BATCHES:
            try:
                falls(bench, criterion, batch)
            except Exception as error:
                faults.append(f"{names} on {batch}: {type(error).__name__} {str(error)[:200]}")
    assert not faults, "\n".join(faults)


def test_every_combination_is_built(bench: Bench) -> None:
    family = next(each for each in FAMILIES if bench.system.name.startswith(each))
    roles = fitting(family)
    for names in product(*roles[:2]):  # assigner and sampler are exchanged for themselves, the others in the terms
        found = with_parts(bench.system, named((*names, "", "", ""))).criterion
        assert found.terms == bench.system.criterion.terms
    for names in product(*roles[2:]):
        found = with_parts(bench.system, named(("", "", *names))).criterion
        assert found.assigner == bench.system.criterion.assigner
        assert [term.name for term in found.terms] == [term.name for term in bench.system.criterion.terms]


@pytest.mark.parametrize("family", FAMILIES)
def test_what_does_not_fit_says_why(family: str) -> None:
    name = SYSTEMS[family][0]
    with torch.device("meta"):
        system = build_system(name, CLASSES, **SYSTEMS[family][1])
    refused = 0
    for role, parts in PARTS.items():
        for part in parts.values():
            if family in part.unfit:
                with pytest.raises(ConfigError) as caught:
                    with_parts(system, {role: part.name})
                assert f"parts.{role} {part.name} does not fit {name}: {part.unfit[family]}." in str(caught.value)
                refused += 1
    assert refused
