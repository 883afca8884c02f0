"""The laws of every assigner. A unit test subclasses `AssignerLaws`, says how to make one, and inherits the tests."""

import copy
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
import torch
from torch import Tensor

from boxwright.assigners import Assigner, ExplainingAssigner
from boxwright.kernels.choice import VARIABLE
from boxwright.structures import Assignment, Predictions, Priors, Verdicts
from tests.contracts.explanation_laws import assert_explains, assert_same_assignment
from tests.contracts.scenes import (
    Scene,
    centres_inside,
    convert_predictions,
    ignored_of,
    pairs_of,
    positives_of,
    random_scene,
    select_images,
    shuffle_inside_images,
    take_targets,
)

SEEDS = (0, 1, 2)


class AssignerLaws:
    """Hooks: `make`; `make_scene` where the default priors or predictions do not suit; `region` likewise."""

    @pytest.fixture(autouse=True, params=["sparse", "reference"])
    def kernels(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        """The laws hold for both implementations."""
        monkeypatch.setenv(VARIABLE, request.param)

    def make(self) -> Assigner:
        raise NotImplementedError

    def make_scene(self, seed: int, **options: object) -> Scene:
        """Builds a batch; options are those of `random_scene`."""
        return random_scene(seed, **options)  # type: ignore[arg-type]

    def region(self, priors: Priors, box: Tensor) -> Tensor:
        """Marks the priors that an ignored box takes out, by testing all of them."""
        return centres_inside(priors, box)

    def assign(self, scene: Scene) -> Assignment:
        return self.make()(scene.priors, scene.targets, scene.proposals)

    def explain(self, scene: Scene) -> tuple[Assignment, Verdicts]:
        assigner = self.make()
        assert isinstance(assigner, ExplainingAssigner)
        return assigner.explain(scene.priors, scene.targets, scene.proposals)

    @pytest.mark.parametrize("counts", [(3, 0, 6, 1), (40, 25)])
    @pytest.mark.parametrize("seed", SEEDS)
    def test_positives_by_reasons_are_the_pairs(self, seed: int, counts: tuple[int, ...]) -> None:
        scene = self.make_scene(seed, counts=counts, ignored=0.2)
        assignment, verdicts = self.explain(scene)
        assert_same_assignment(assignment, self.assign(scene))
        assert_explains(verdicts, assignment, scene.targets, len(scene.priors))
        assert len(verdicts) > len(assignment)

    def test_no_targets_have_no_verdicts(self) -> None:
        assignment, verdicts = self.explain(self.make_scene(0, counts=(0, 0)))
        assert len(assignment) == len(verdicts) == 0

    def test_reasons_need_no_gradient_and_do_not_depend_on_autocast(self) -> None:
        scene = self.make_scene(0)
        _, plain = self.explain(scene)
        with torch.autocast("cpu", torch.bfloat16):
            _, under = self.explain(scene)
        for name in ("image", "prior", "target", "reason", "quality", "overlap", "score"):
            column = getattr(plain, name)
            assert not column.requires_grad
            torch.testing.assert_close(getattr(under, name), column, rtol=0, atol=0, equal_nan=True)

    def test_is_an_immutable_part(self) -> None:
        assigner = self.make()
        assert isinstance(assigner, Assigner)
        kind: Any = type(assigner)
        assert is_dataclass(kind)
        assert assigner == self.make()
        with pytest.raises(AttributeError):
            setattr(assigner, fields(kind)[0].name, None)

    @pytest.mark.parametrize("seed", SEEDS)
    def test_pairs_refer_to_what_exists(self, seed: int) -> None:
        scene = self.make_scene(seed)
        found = self.assign(scene)
        assert len(found) > 0
        assert len(pairs_of(found)) == len(found)
        assert ((found.prior >= 0) & (found.prior < len(scene.priors))).all()
        assert torch.equal(found.image, scene.targets.image[found.target])
        assert found.quality.isfinite().all()
        assert ((found.quality >= 0) & (found.quality <= 1)).all()
        for column in (found.image, found.prior, found.target):
            assert column.dtype == torch.int64

    @pytest.mark.parametrize("batch_size", [1, 3])
    def test_no_targets_give_an_empty_assignment(self, batch_size: int) -> None:
        scene = self.make_scene(0, counts=(0,) * batch_size)
        found = self.assign(scene)
        assert len(found) == 0
        assert not ignored_of(found, scene).any()

    @pytest.mark.parametrize("seed", SEEDS)
    def test_ignored_targets_get_no_pair(self, seed: int) -> None:
        scene = self.make_scene(seed, counts=(5, 5), ignored=0.5)
        assert scene.targets.ignore.any()
        assert not scene.targets.ignore.all()
        found = self.assign(scene)
        assert len(found) > 0
        assert not scene.targets.ignore[found.target].any()

    @pytest.mark.parametrize("seed", SEEDS)
    def test_priors_in_an_ignored_region_are_positive_or_ignored(self, seed: int) -> None:
        scene = self.make_scene(seed, counts=(5, 5), ignored=0.5)
        found = self.assign(scene)
        positive, ignored = positives_of(found, scene), ignored_of(found, scene)
        for row in scene.targets.ignore.nonzero().flatten().tolist():
            inside = self.region(scene.priors, scene.targets.boxes[row])
            image = scene.targets.image[row]
            assert (positive[image] | ignored[image])[inside].all()

    @pytest.mark.parametrize("seed", SEEDS)
    def test_positives_are_never_ignored(self, seed: int) -> None:
        scene = self.make_scene(seed, counts=(5, 5), ignored=0.5)
        found = self.assign(scene)
        assert not (positives_of(found, scene) & ignored_of(found, scene)).any()

    def test_only_ignored_targets_give_no_pair(self) -> None:
        scene = self.make_scene(0, counts=(2, 3))
        scene = replace(scene, targets=replace(scene.targets, ignore=torch.ones(5, dtype=torch.bool)))
        found = self.assign(scene)
        assert len(found) == 0
        assert ignored_of(found, scene).any(dim=1).all()

    @pytest.mark.parametrize("seed", SEEDS)
    def test_permuting_images_permutes_the_result(self, seed: int) -> None:
        scene = self.make_scene(seed, ignored=0.2)
        order = [2, 0, 3, 1]
        moved, rows = select_images(scene, order)
        before, after = self.assign(scene), self.assign(moved)
        _assert_same_pairs(pairs_of(after, rows, order), pairs_of(before))
        assert torch.equal(ignored_of(after, moved), ignored_of(before, scene)[order])

    @pytest.mark.parametrize("seed", SEEDS)
    def test_permuting_targets_inside_images_permutes_the_result(self, seed: int) -> None:
        scene = self.make_scene(seed, ignored=0.2)
        rows = shuffle_inside_images(scene, seed)
        assert not torch.equal(rows, torch.arange(len(rows)))
        moved = take_targets(scene, rows)
        before, after = self.assign(scene), self.assign(moved)
        _assert_same_pairs(pairs_of(after, rows), pairs_of(before))
        assert torch.equal(ignored_of(after, moved), ignored_of(before, scene))

    @pytest.mark.parametrize("seed", SEEDS)
    def test_a_batch_equals_its_images_one_by_one(self, seed: int) -> None:
        scene = self.make_scene(seed, ignored=0.2)
        together = self.assign(scene)
        alone: dict[tuple[int, int, int], float] = {}
        for image in range(scene.targets.batch_size):
            single, rows = select_images(scene, [image])
            found = self.assign(single)
            alone |= pairs_of(found, rows, [image])
            assert torch.equal(ignored_of(found, single)[0], ignored_of(together, scene)[image])
        _assert_same_pairs(alone, pairs_of(together))

    def test_no_gradient_is_needed_or_left_behind(self) -> None:
        scene = self.make_scene(0)
        plain = self.assign(scene)
        blocks = [
            tuple(block.clone().requires_grad_() for block in column)
            for column in (scene.predictions.class_logits, scene.predictions.box_codes)
        ]
        tracked = self.assign(replace(scene, predictions=Predictions(*blocks)))
        with torch.no_grad():
            untracked = self.assign(scene)
        assert not tracked.quality.requires_grad
        assert pairs_of(tracked) == pairs_of(plain) == pairs_of(untracked)

    @pytest.mark.parametrize("seed", SEEDS)
    def test_is_deterministic_and_leaves_its_inputs_alone(self, seed: int) -> None:
        scene = self.make_scene(seed, ignored=0.2)
        before = copy.deepcopy((scene.targets.boxes, scene.predictions.class_logits, scene.predictions.box_codes))
        first, second = self.assign(scene), self.assign(scene)
        for name in ("image", "prior", "target", "quality"):
            assert torch.equal(getattr(first, name), getattr(second, name)), name
        assert torch.equal(ignored_of(first, scene), ignored_of(second, scene))
        assert torch.equal(before[0], scene.targets.boxes)
        for old, new in zip(
            before[1] + before[2], scene.predictions.class_logits + scene.predictions.box_codes, strict=True
        ):
            assert torch.equal(old, new)

    @pytest.mark.parametrize("seed", SEEDS)
    def test_of_equal_targets_the_first_wins(self, seed: int) -> None:
        """Override where several targets may share a prior."""
        scene = self.make_scene(seed)
        found = self.assign(take_targets(scene, _each_twice(scene)))
        assert len(found) > 0
        assert (found.target % 2 == 0).all()

    @pytest.mark.parametrize("seed", SEEDS)
    def test_a_copy_of_the_only_target_takes_nothing_from_it(self, seed: int) -> None:
        scene = self.make_scene(seed, counts=(1, 0, 1))
        rows = _each_twice(scene)
        doubled = self.assign(take_targets(scene, rows))
        firsts = {key: quality for key, quality in pairs_of(doubled).items() if key[2] % 2 == 0}
        firsts = {(image, prior, int(rows[target])): quality for (image, prior, target), quality in firsts.items()}
        _assert_same_pairs(firsts, pairs_of(self.assign(scene)))

    @pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
    def test_autocast_changes_nothing(self, dtype: torch.dtype) -> None:
        scene = self.make_scene(0)
        plain = self.assign(scene)
        with torch.autocast("cpu", dtype):
            under = self.assign(scene)
        assert pairs_of(under) == pairs_of(plain)
        assert under.quality.dtype == torch.float32

    @pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
    def test_half_predictions_are_read_in_float32(self, dtype: torch.dtype) -> None:
        half = convert_predictions(self.make_scene(0), dtype)
        wide = convert_predictions(half, torch.float32)
        found = self.assign(half)
        assert found.quality.dtype == torch.float32
        assert pairs_of(found) == pairs_of(self.assign(wide))


def _each_twice(scene: Scene) -> Tensor:
    return torch.arange(len(scene.targets)).repeat_interleave(2)


def _assert_same_pairs(found: dict[tuple[int, int, int], float], wanted: dict[tuple[int, int, int], float]) -> None:
    assert found.keys() == wanted.keys()
    assert found == pytest.approx(wanted, rel=1e-6, abs=1e-9)
