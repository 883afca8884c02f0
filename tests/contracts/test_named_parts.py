"""Parts by name: what claims to fit trains, in every combination, and what does not is refused with the reason.

There are 15,222 combinations of assigner, sampler, reducer, class loss and box loss; see `side_by_side`.
"""

from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor

from boxwright.criterion import Criterion
from boxwright.errors import ConfigError
from boxwright.prior_generators import AnchorGrid, PointGrid, retinanet_anchors
from boxwright.settings.parts.catalog import PARTS
from boxwright.settings.parts.part import FAMILIES
from boxwright.structures import Predictions, Priors, Targets
from boxwright.systems import System, build_system, with_parts
from tests.contracts.scenes import random_boxes
from tests.contracts.side_by_side import Combination, SideBySide, joined
from tests.parity.golden_cases import SMALL_DEFAULT_BOXES

CLASSES, SEED = 2, 0
SYSTEMS: dict[str, tuple[str, dict[str, Any], int]] = {
    "ssd": ("ssd_tiny", {}, 4),
    "retinanet": ("retinanet_r18", {"width": 32, "depth": 0}, 4),
    "fcos": ("fcos_r18", {"width": 32, "depth": 0}, 4),
    "yolov5": ("yolov5n", {}, 4),
    "yolov8": ("yolov8n", {"reg_max": 8}, 32),
}
# few priors of each kind: what a head gives for them is all that criteria see of a network
PRIORS: dict[str, Priors] = {
    "ssd": SMALL_DEFAULT_BOXES((96, 96)),
    "retinanet": retinanet_anchors(strides=(16, 32))((64, 64)),
    "fcos": PointGrid((8, 16))((64, 64)),
    "yolov5": AnchorGrid((((10.0, 13.0), (16.0, 30.0)), ((30.0, 61.0),), ((62.0, 45.0),)))((64, 64)),
    "yolov8": PointGrid((8, 16))((64, 64)),
}
# how many objects and ignored regions the images of a batch have: normal, crowded, empty, with regions; and nothing
MIXED, EMPTY = ((3, 0), (14, 0), (0, 0), (2, 2)), ((0, 0),)
OPTIONS = {"balanced": {"sampler.size": 64, "sampler.seed": 0}}


# where a sampler looks at classes, or the labels of objectness at boxes
TOGETHER = ("ssd", "yolov5")
FURTHER = {"yolov5": ("objectness",), "fcos": ("centreness",)}


def fitting(family: str) -> list[list[str]]:
    """By role, the names of the parts that claim to fit; a softmax has no class loss to exchange."""
    names = [[part.name for part in parts.values() if family not in part.unfit] for parts in PARTS.values()]
    return [found or [""] for found in names]


def named(names: tuple[str, ...]) -> dict[str, Any]:
    parts: dict[str, Any] = {role: name for role, name in zip(PARTS, names, strict=True) if name}
    for name in names:
        parts |= OPTIONS.get(name, {})
    return parts


@lru_cache
def system_of(family: str) -> System:
    name, options, _ = SYSTEMS[family]
    return build_system(name, CLASSES, **options)


@lru_cache
def combinations_of(family: str) -> list[Combination]:
    """All combinations of reducer, class loss and box loss."""
    found = []
    for names in product(*fitting(family)[2:]):
        criterion = with_parts(system_of(family), named(("", "", *names))).criterion
        assert isinstance(criterion, Criterion)
        found.append(Combination(*names, criterion, criterion.terms))  # type: ignore[call-arg]
    return found


def apart(combinations: list[Combination]) -> list[Combination]:
    """The class terms alone with their losses, and the others with theirs: they train different outputs."""
    found = {}
    for each in combinations:
        of_classes = tuple(term for term in each.terms if term.name == "class")
        others = tuple(term for term in each.terms if term.name != "class")
        for part in (each._replace(box_loss="", terms=of_classes), each._replace(class_loss="", terms=others)):
            found.setdefault(part[:3], part)
    return list(found.values())


def looks_at_predictions(family: str, assigner: str) -> bool:
    part = with_parts(system_of(family), {"assigner": assigner}).criterion.assigner  # type: ignore[attr-defined]
    try:
        part(PRIORS[family], Targets.from_lists([torch.zeros(0, 4)], [torch.zeros(0)]))
    except ConfigError:
        return True
    return False


def fresh_state(family: str) -> dict[str, dict[str, Tensor]]:
    criterion = with_parts(system_of(family), {"box_loss": "wise_iou"}).criterion
    return criterion.state_dict()


def bench(
    family: str, counts: tuple[tuple[int, int], ...], *, together: bool = True
) -> tuple[SideBySide, list[Tensor]]:
    """All combinations of losses on these images, and what a head could have given for them.

    Terms share nothing but the assignment. Where that never looks at predictions, those of classes and the others are
    trained apart, since a total falls if both do.
    """
    generator, priors = torch.Generator().manual_seed(SEED), PRIORS[family]
    numbers = [sum(count) for count in counts]
    boxes = [
        random_boxes(generator, number, priors.canvas_size, smallest=8.0, dtype=torch.float32) for number in numbers
    ]
    labels = [torch.randint(CLASSES, (number,), generator=generator) for number in numbers]
    targets = Targets.from_lists(boxes, labels, [torch.arange(sum(count)) >= count[0] for count in counts])
    has_background, losses = family == "ssd", combinations_of(family)
    losses = losses if together else apart(losses)
    for each in losses:
        if each.box_loss == "wise_iou":
            each.criterion.load_state_dict(fresh_state(family))
    leaves = [
        torch.randn(len(counts), len(priors), size, generator=generator) * 0.5 + mean
        for size, mean in ((CLASSES + has_background, -1.5), (SYSTEMS[family][2], 0.0), (1, -2.0))
    ]

    def predict(leaves: list[Tensor]) -> Predictions:
        logits, codes, one = leaves
        further = dict.fromkeys(FURTHER.get(family, ()), one)
        codes = codes.relu() + 0.1 if family == "fcos" else codes  # as the head gives distances
        return Predictions.from_dense(logits, codes, priors, further=further, has_background=has_background)

    leaves = [leaf.repeat(len(losses), 1, 1) for leaf in leaves]
    return SideBySide(losses, priors, predict, targets), leaves


def faults_of(side: SideBySide, criterion: Criterion, leaves: list[Tensor], names: tuple[str, str]) -> list[str]:
    """Names the combinations whose loss does not fall in each of two steps."""
    faults = []
    for number in range(2):
        leaves, before, after, is_idle = side.step(criterion, leaves)
        falls = (after < before) & before.isfinite() | is_idle & (before == 0) & (after == 0)
        for place in (~falls).nonzero().flatten().tolist():
            parts = ", ".join((*names, *side.combinations[place][:3]))
            faults.append(f"{parts}: step {number}, {before[place]:.6f} to {after[place]:.6f}")
    return faults


PAIRS = [(family, assigner) for family in FAMILIES for assigner in fitting(family)[0]]


@pytest.mark.parametrize(("family", "assigner"), PAIRS)
def test_every_combination_trains(family: str, assigner: str) -> None:
    """With every sampler, reducer, class loss and box loss that claims to fit, on all images at once."""
    side, leaves = bench(family, MIXED, together=family in TOGETHER or looks_at_predictions(family, assigner))
    faults = []
    for sampler in fitting(family)[1]:
        criterion = with_parts(system_of(family), named((assigner, sampler, "", "", ""))).criterion
        assert isinstance(criterion, Criterion)
        faults += faults_of(side, criterion, leaves, (assigner, sampler))
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults[:20])


@pytest.mark.parametrize("family", FAMILIES)
def test_every_combination_trains_without_an_object(family: str) -> None:
    """No assigner gives anything there, so that a combination is the same with all of them."""
    side, leaves = bench(family, EMPTY, together=family in TOGETHER)
    for assigner in fitting(family)[0]:
        criterion = with_parts(system_of(family), {"assigner": assigner, "sampler": "keep_all"}).criterion
        found = joined(side.assigned(criterion, leaves), side.images)  # type: ignore[arg-type]
        assert len(found) == 0
        assert not found.ignored.any()
    faults = []
    for sampler in fitting(family)[1]:
        criterion = with_parts(system_of(family), named(("", sampler, "", "", ""))).criterion
        assert isinstance(criterion, Criterion)
        faults += faults_of(side, criterion, leaves, ("any assigner", sampler))
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults[:20])


@pytest.mark.parametrize("family", FAMILIES)
def test_side_by_side_is_what_the_criterion_gives(family: str) -> None:
    """The loss of a combination among the others is that of its criterion alone."""
    side, leaves = bench(family, MIXED)
    own = [leaf[: side.images] for leaf in leaves]
    for assigner, sampler in product(*fitting(family)[:2]):
        for place in (0, len(side.combinations) - 1) if sampler != "balanced" else (0,):  # which draws by the batch
            losses = side.combinations[place]
            criterion = with_parts(system_of(family), named((assigner, sampler, *losses[:3]))).criterion
            assert isinstance(criterion, Criterion)
            alone = replace(side, combinations=[losses])
            total = alone.totals(own, alone.assigned(criterion, own), {})[0]
            run = torch.stack(list(criterion(side.predict(own), side.priors, side.targets).values())).sum()
            torch.testing.assert_close(total * (side.images if criterion.times_batch_size else 1), run)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_does_not_fit_says_why(family: str) -> None:
    name, system = SYSTEMS[family][0], system_of(family)
    refused = 0
    for role, parts in PARTS.items():
        for part in parts.values():
            if family in part.unfit:
                with pytest.raises(ConfigError) as caught:
                    with_parts(system, {role: part.name})
                assert f"parts.{role} {part.name} does not fit {name}: {part.unfit[family]}." in str(caught.value)
                refused += 1
    assert refused
