from typing import Any

import pytest
import torch

from boxwright.criterion import (
    RETINANET_DIALECTS,
    Criterion,
    retinanet_assigner,
    retinanet_coder,
    retinanet_criterion,
)
from boxwright.errors import ConfigError
from boxwright.prior_generators import retinanet_anchors
from boxwright.reducers import ByPositives, BySamples, PerImageMean
from boxwright.samplers import BalancedSampler
from boxwright.structures import Predictions, Priors, Targets
from tests.contracts.recorded_tensors import RecordedTensors
from tests.contracts.scenes import Scene, random_scene

DIALECTS = pytest.mark.parametrize("dialect", RETINANET_DIALECTS)


def scene_of(counts: tuple[int, ...] = (3, 0, 5), **options: Any) -> Scene:
    return random_scene(0, counts=counts, canvas=(128, 160), generate=retinanet_anchors(), **options)


def leaves_of(scene: Scene) -> tuple[Predictions, list[torch.Tensor]]:
    blocks = [
        tuple(block.clone().requires_grad_() for block in column)
        for column in (scene.predictions.class_logits, scene.predictions.box_codes)
    ]
    return Predictions(*blocks), [*blocks[0], *blocks[1]]


def reducers(criterion: Criterion) -> set[Any]:
    return {term.reducer for term in criterion.terms}  # type: ignore[attr-defined]


@DIALECTS
@pytest.mark.parametrize("box_loss", ["l1", "smooth_l1", "giou", "ciou"])
@pytest.mark.parametrize("counts", [(3, 0, 5), (0, 0)])
def test_losses_are_finite_and_every_prediction_gets_a_gradient(
    dialect: str, box_loss: str, counts: tuple[int, ...]
) -> None:
    scene = scene_of(counts)
    predictions, leaves = leaves_of(scene)
    losses = retinanet_criterion(dialect=dialect, box_loss=box_loss)(predictions, scene.priors, scene.targets)
    assert list(losses) == ["class", "box"]
    total = torch.stack(list(losses.values())).sum()
    assert total.isfinite()
    total.backward()
    for leaf in leaves:
        assert leaf.grad is not None
        assert leaf.grad.isfinite().all()
    assert (losses["box"] > 0) == any(counts)


def test_normalisers_of_the_dialects() -> None:
    assert reducers(retinanet_criterion()) == {ByPositives()}
    assert reducers(retinanet_criterion(dialect="mmdetection")) == {ByPositives()}
    assert reducers(retinanet_criterion(dialect="torchvision")) == {PerImageMean()}
    assert reducers(retinanet_criterion(sampler=BalancedSampler())) == {BySamples()}
    own = {ByPositives(average_over_ranks=False)}
    assert reducers(retinanet_criterion(average_over_ranks=False)) == own


def test_assigners_and_coders_of_the_dialects() -> None:
    assert [retinanet_assigner(name).forced for name in RETINANET_DIALECTS] == ["best", "last", "restore"]
    assert [retinanet_coder(name).clamp for name in RETINANET_DIALECTS] == ["both", "both", "upper"]
    assert [retinanet_assigner(name).ignore_share for name in RETINANET_DIALECTS] == [0.5, None, None]
    assert not any(retinanet_assigner(name).zero_overlap for name in RETINANET_DIALECTS)


@DIALECTS
def test_default_loss_of_boxes_is_l1_of_codes(dialect: str) -> None:
    scene = scene_of()
    plain, rounded = (
        retinanet_criterion(dialect=dialect, box_loss=kind, **options)(scene.predictions, scene.priors, scene.targets)
        for kind, options in (("l1", {}), ("smooth_l1", {"beta": 1e-6}))
    )
    torch.testing.assert_close(plain["box"], rounded["box"], rtol=1e-5, atol=1e-6)


def test_gains_and_positive_weight() -> None:
    scene = scene_of()

    def losses(**options: Any) -> dict[str, torch.Tensor]:
        return retinanet_criterion(**options)(scene.predictions, scene.priors, scene.targets)

    once, twice = losses(), losses(box_gain=2.0, class_gain=3.0)
    torch.testing.assert_close(twice["box"], 2 * once["box"])
    torch.testing.assert_close(twice["class"], 3 * once["class"])
    assert losses(positive_weight=2.0)["class"] > once["class"]


def test_a_sampler_leaves_few_priors_in_the_loss() -> None:
    scene = scene_of()
    predictions, leaves = leaves_of(scene)
    criterion = retinanet_criterion(sampler=BalancedSampler(32, seed=0))
    losses = criterion(predictions, scene.priors, scene.targets)
    losses["class"].backward()
    counted = sum(int((leaf.grad.abs().sum(dim=2) > 0).sum()) for leaf in leaves if leaf.grad is not None)
    assert counted == 3 * 32


@pytest.mark.usefixtures("sparse_kernels")
def test_nothing_of_targets_times_anchors_is_made() -> None:
    """500 targets in one image: no tensor comes near the 500 × 76,725 that a matrix of overlaps has."""
    generator = torch.Generator().manual_seed(0)
    priors = retinanet_anchors()((640, 640))
    centre, half = torch.rand(500, 2, generator=generator) * 640, torch.rand(500, 2, generator=generator) * 40 + 4
    targets = Targets.from_lists([torch.cat((centre - half, centre + half), dim=1)], [torch.zeros(500)])
    logits, codes = torch.zeros(1, len(priors), 2), torch.zeros(1, len(priors), 4)
    with RecordedTensors() as recorded:
        retinanet_criterion()(Predictions.from_dense(logits, codes, priors), priors, targets)
    assert not recorded.at_least(10 * len(priors))


@pytest.mark.usefixtures("sparse_kernels")
def test_crowded_assignment_needs_little_memory() -> None:
    """202,752 anchors (more than 200,000) and 5,000 targets: a matrix would have 4 GB, the limit is 1 GB."""
    generator = torch.Generator().manual_seed(0)
    priors = retinanet_anchors()((1056, 1024))
    assert len(priors) > 200_000
    sides = torch.exp(torch.rand(5000, 2, generator=generator) * 5 + 1.5)
    centre = torch.rand(5000, 2, generator=generator) * 1024
    boxes = torch.cat((centre - sides / 2, centre + sides / 2), dim=1)
    targets = Targets.from_lists([boxes], [torch.zeros(5000)])
    assert peak_bytes(priors, targets) < 1 << 30


def peak_bytes(priors: Priors, targets: Targets) -> int:
    """Gives the most bytes that tensors held at once during the assignment."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as recorded:
        found = retinanet_assigner()(priors, targets)
    assert len(found) > 5000
    held = peak = 0
    events = [event for event in recorded.profiler.kineto_results.events() if event.name() == "[memory]"]  # type: ignore[union-attr]
    for event in sorted(events, key=lambda event: event.start_ns()):
        held += event.nbytes()
        peak = max(peak, held)
    assert peak > 1 << 20, "nothing was recorded"
    return peak


def test_mistakes_are_errors() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'torchvision'"):
        retinanet_criterion(dialect="torchvison")
    with pytest.raises(ConfigError, match="Unknown box loss 'l2'"):
        retinanet_criterion(box_loss="l2")
