import math

import pytest
import torch
from torch import Tensor

from boxwright.assigners import ShapeRatioAssigner
from boxwright.errors import ConfigError
from boxwright.prior_generators import AnchorGrid
from boxwright.structures import Assignment, Reason, Targets
from tests.contracts.assigner_laws import SEEDS, AssignerLaws
from tests.contracts.explanation_laws import reasons
from tests.contracts.recorded_tensors import RecordedTensors
from tests.contracts.scenes import Scene, pairs_of, random_scene, take_targets

ANCHORS = (((5.0, 6.0), (8.0, 14.0), (15.0, 11.0)), ((15.0, 30.0), (31.0, 22.0), (29.0, 59.0)), ((58.0, 45.0),))
ONE = AnchorGrid((((8.0, 8.0),),), (8,))


class TestShapeRatio(AssignerLaws):
    def make(self) -> ShapeRatioAssigner:
        return ShapeRatioAssigner()

    def make_scene(self, seed: int, **options: object) -> Scene:
        return random_scene(seed, generate=AnchorGrid(ANCHORS), **options)  # type: ignore[arg-type]

    @pytest.mark.parametrize("seed", SEEDS)
    def test_of_equal_targets_the_first_wins(self, seed: int) -> None:
        """A prior may serve several targets, so each copy has all pairs, with the same quality."""
        scene = self.make_scene(seed)
        rows = torch.arange(len(scene.targets)).repeat_interleave(2)
        wanted = pairs_of(self.assign(scene))
        doubled = pairs_of(self.assign(take_targets(scene, rows)))
        for copy in (0, 1):
            found = {(i, prior, row // 2): quality for (i, prior, row), quality in doubled.items() if row % 2 == copy}
            assert found == wanted


def assign(boxes: list[list[float]], *, canvas: tuple[int, int] = (32, 32), threshold: float = 4.0) -> list[list[int]]:
    """Gives the priors of each box, ascending."""
    found = assignment_of(boxes, canvas, ShapeRatioAssigner(threshold))
    return [sorted(found.prior[found.target == row].tolist()) for row in range(len(boxes))]


def assignment_of(boxes: list[list[float]], canvas: tuple[int, int], assigner: ShapeRatioAssigner) -> Assignment:
    targets = Targets.from_lists([torch.tensor(boxes)], [torch.zeros(len(boxes))])
    return assigner(ONE(canvas), targets)


def about(x: float, y: float, width: float = 8.0, height: float = 8.0) -> list[float]:
    """A box with its centre at (x, y) strides."""
    return [8 * x - width / 2, 8 * y - height / 2, 8 * x + width / 2, 8 * y + height / 2]


@pytest.mark.parametrize(
    ("width", "height", "fits"),
    [
        (8.0, 8.0, True),
        (31.9, 8.0, True),
        (32.0, 8.0, False),  # 4 times as long: strict
        (8.0, 32.0, False),
        (2.0, 8.0, False),  # 4 times as short
        (2.1, 31.9, True),  # 4 times either way, 15 times as a shape: sides are compared one by one
        (0.0, 8.0, False),
        (0.0, 0.0, False),
    ],
)
def test_an_anchor_fits_if_no_side_is_threshold_times_as_long_or_short(width: float, height: float, fits: bool) -> None:
    assert bool(assign([about(1.5, 1.5, width, height)])[0]) == fits


@pytest.mark.parametrize("threshold", [1.5, 2.0, 8.0])
def test_threshold_is_strict(threshold: float) -> None:
    side = 8 * threshold
    assert assign([about(1.5, 1.5, side)], threshold=threshold) == [[]]
    just_less = math.nextafter(side, 0) - 1e-4
    assert assign([about(1.5, 1.5, just_less)], threshold=threshold) == [[5]]


# The 4 × 4 grid: prior = 4 · row + column.
@pytest.mark.parametrize(
    ("x", "y", "wanted"),
    [
        (1.5, 1.5, [5]),  # exactly half: neither left nor right
        (1.25, 1.5, [4, 5]),
        (1.75, 1.5, [5, 6]),
        (1.5, 1.25, [1, 5]),
        (1.5, 1.75, [5, 9]),
        (1.25, 1.75, [4, 5, 9]),
        (0.25, 0.25, [0]),  # no left or upper neighbour in the first cell
        (3.75, 3.75, [15]),  # no right or lower neighbour in the last cell
        (1.0, 1.5, [5]),  # exactly one cell from the border is not more than one
        (1.0001, 1.5, [4, 5]),
        (3.0, 1.5, [6, 7]),  # one cell from the far side: the step to the left alone
        (2.9999, 1.5, [6, 7]),
        (2.0, 2.0, [6, 9, 10]),  # on a corner: left, upper and own
        (0.0, 0.0, [0]),
        (4.0, 4.0, [15]),  # on the far corner: cut to the grid
        (-0.3, 1.5, [4]),  # centres outside are cut to the grid
        (4.3, 1.5, [7]),
    ],
)
def test_neighbour_cells_by_the_half_cell_rule(x: float, y: float, wanted: list[int]) -> None:
    assert assign([about(x, y)]) == [wanted]


def test_one_prior_serves_several_targets() -> None:
    found = assignment_of([about(1.5, 1.5), about(1.5, 1.5, 12.0), about(2.25, 1.5)], (32, 32), ShapeRatioAssigner())
    assert set(pairs_of(found)) == {(0, 5, 0), (0, 5, 1), (0, 5, 2), (0, 6, 2)}


def test_a_target_may_match_on_several_levels_or_on_none() -> None:
    priors = AnchorGrid(ANCHORS)((64, 96))
    boxes = torch.tensor([[20.0, 20.0, 40.0, 40.0], [0.0, 30.0, 90.0, 31.0]])
    found = ShapeRatioAssigner()(priors, Targets.from_lists([boxes], [torch.zeros(2)]))
    assert set(found.target.tolist()) == {0}
    assert set(priors.level[found.prior].tolist()) == {0, 1, 2}


@pytest.mark.parametrize(("x", "y", "times"), [(2.5, 2.5, 1), (2.0, 2.5, 2), (2.0, 2.0, 3)])
def test_a_centre_on_a_border_of_cells_is_counted_repeatedly_only_if_asked(x: float, y: float, times: int) -> None:
    own = 4 * int(y) + int(x)
    for repeats, wanted in ((False, 1), (True, times)):
        found = assignment_of([about(x, y)], (32, 32), ShapeRatioAssigner(repeats=repeats))
        assert found.prior.tolist().count(own) == wanted


def test_pairs_come_by_level_step_anchor_target() -> None:
    priors = AnchorGrid((((8.0, 8.0), (9.0, 9.0)), ((16.0, 16.0),)), (8, 16))((32, 32))
    boxes = torch.tensor([about(1.25, 1.5), about(2.5, 2.5)])
    found = ShapeRatioAssigner()(priors, Targets.from_lists([boxes], [torch.zeros(2)]))
    own, left, coarse = [(10, 0), (20, 1), (11, 0), (21, 1)], [(8, 0), (9, 0)], [(32, 0), (35, 1)]
    pairs = list(zip(found.prior.tolist(), found.target.tolist(), strict=True))
    assert pairs[:8] == own + left + coarse


@pytest.mark.usefixtures("sparse_kernels")
def test_nothing_of_the_size_of_the_priors_is_made_but_the_mask_of_what_is_ignored() -> None:
    """Arithmetic is on targets and anchors; 3 targets against 6300 priors."""
    scene = random_scene(0, counts=(3,), canvas=(320, 320), generate=AnchorGrid(ANCHORS))
    with RecordedTensors() as record:
        ShapeRatioAssigner()(scene.priors, scene.targets)
    assert record.created
    assert [made.shape for made in record.at_least(300)] == [(len(scene.priors),)]


@pytest.mark.parametrize("threshold", [1.0, 0.0, math.nan])
def test_threshold_is_checked(threshold: float) -> None:
    with pytest.raises(ConfigError, match="threshold is a ratio of the longer to the shorter side, above 1"):
        ShapeRatioAssigner(threshold)


def test_centres_far_outside_give_priors_that_exist() -> None:
    boxes: Tensor = torch.tensor([[-900.0, -900.0, -892.0, -892.0], [900.0, 900.0, 908.0, 908.0]])
    found = ShapeRatioAssigner()(ONE((32, 32)), Targets.from_lists([boxes], [torch.zeros(2)]))
    assert ((found.prior >= 0) & (found.prior < 16)).all()


def test_reasons_worked_by_hand() -> None:
    """On a grid of 4 × 4 cells the centre lies left and low in cell 5: its left and lower neighbours take part."""
    targets = Targets.from_lists([torch.tensor([about(1.25, 1.75)])], [torch.zeros(1)])
    _, verdicts = ShapeRatioAssigner().explain(ONE((32, 32)), targets)
    pair, other = Reason.POSITIVE, Reason.OTHER_CELL
    assert reasons(verdicts) == {1: other, 4: pair, 5: pair, 6: other, 9: pair}
    assert verdicts.overlap[verdicts.prior == 5].item() == pytest.approx(36 / (128 - 36))
    assert verdicts.score.isnan().all()


def test_an_anchor_of_another_shape_is_told_from_another_cell() -> None:
    targets = Targets.from_lists([torch.tensor([about(0.5, 0.5, 32.0, 8.0)])], [torch.zeros(1)])
    anchors = AnchorGrid((((8.0, 8.0), (16.0, 8.0)),), (8,))
    _, verdicts = ShapeRatioAssigner().explain(anchors((16, 16)), targets)
    shape, cell = Reason.SHAPE_RATIO, Reason.OTHER_CELL
    assert reasons(verdicts) == {0: shape, 1: Reason.POSITIVE, 2: shape, 3: cell, 4: shape, 5: cell}


def test_priors_in_an_ignored_region_say_so() -> None:
    targets = Targets.from_lists(
        [torch.tensor([[0.0, 0.0, 16.0, 8.0]])], [torch.zeros(1)], [torch.ones(1, dtype=torch.bool)]
    )
    _, verdicts = ShapeRatioAssigner().explain(ONE((16, 16)), targets)
    assert reasons(verdicts) == {0: Reason.IGNORED_REGION, 1: Reason.IGNORED_REGION}
