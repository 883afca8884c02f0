import pytest
import torch
from torch import Tensor

from boxwright.assigners import FcosAssigner
from boxwright.errors import ConfigError
from boxwright.kernels.choice import VARIABLE
from boxwright.prior_generators import AnchorGrid, PointGrid
from boxwright.structures import Priors, Reason, Targets
from tests.contracts.assigner_laws import SEEDS, AssignerLaws
from tests.contracts.explanation_laws import assert_same_assignment, reasons
from tests.contracts.scenes import Scene, random_boxes, random_scene


class TestFcos(AssignerLaws):
    def make(self) -> FcosAssigner:
        return FcosAssigner()


class TestFcosWithoutCentreSampling(AssignerLaws):
    def make(self) -> FcosAssigner:
        return FcosAssigner(radius=None, guarantee=True)

    # A copy that is left without a point claims one.
    test_of_equal_targets_the_first_wins = None  # type: ignore[assignment]
    test_a_copy_of_the_only_target_takes_nothing_from_it = None  # type: ignore[assignment]


def corner_points(canvas: tuple[int, int], device: str = "cpu") -> Priors:
    """Points as torchvision has them: on the corners of cells, and as far apart as is fitted to the canvas."""
    squares = tuple(((float(stride), float(stride)),) for stride in (8, 16, 64))
    return AnchorGrid(squares, (8, 16, 64), centre=0.0, is_fitted=True)(canvas, device)


class TestFcosOfTorchvision(AssignerLaws):
    def make(self) -> FcosAssigner:
        return FcosAssigner(bound="neither", area_limit=1e8)

    def make_scene(self, seed: int, **options: object) -> Scene:
        return random_scene(seed, generate=corner_points, **options)  # type: ignore[arg-type]


def by_the_paper(priors: Priors, boxes: Tensor, radius: float | None) -> dict[int, int]:
    """For one image, all with all in float64: target by point."""
    owner: dict[int, tuple[float, int]] = {}
    last = len(priors.grids) - 1
    for prior, (x, y, _, _) in enumerate(priors.boxes.double().tolist()):
        stride, level = float(priors.stride[prior]), int(priors.level[prior])
        for number, (x1, y1, x2, y2) in enumerate(boxes.double().tolist()):
            sides = (x - x1, y - y1, x2 - x, y2 - y)
            off = max(abs(x - (x1 + x2) / 2), abs(y - (y1 + y2) / 2))
            near = radius is None or off < radius * stride
            least, most = (0 if level == 0 else 4 * stride), (float("inf") if level == last else 8 * stride)
            area = (x2 - x1) * (y2 - y1)
            if (
                min(sides) > 0
                and near
                and least <= max(sides) < most
                and (prior not in owner or area < owner[prior][0])
            ):
                owner[prior] = area, number
    return {prior: number for prior, (_, number) in owner.items()}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("radius", [1.5, None])
@pytest.mark.parametrize("priors", [PointGrid((4, 8, 16))((160, 192)), corner_points((160, 192))])
def test_it_is_the_rule_of_the_paper(radius: float | None, priors: Priors, seed: int) -> None:
    boxes = random_boxes(torch.Generator().manual_seed(seed), 12, (160, 192), dtype=torch.float32)
    found = FcosAssigner(radius)(priors, Targets.from_lists([boxes], [torch.zeros(12)]))
    wanted = by_the_paper(priors, boxes, radius)
    assert len({int(priors.level[prior]) for prior in wanted}) >= 2
    assert dict(zip(found.prior.tolist(), found.target.tolist(), strict=True)) == wanted


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("priors", [PointGrid((8, 16, 64))((128, 192)), corner_points((128, 192))])
@pytest.mark.parametrize(
    "assigner",
    [FcosAssigner(), FcosAssigner(radius=0.7, guarantee=True), FcosAssigner(None, bound="neither", area_limit=1e3)],
)
def test_both_implementations_give_the_same_pairs(
    assigner: FcosAssigner, priors: Priors, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of crowds on whole pixels, with targets of the same area, and with regions."""
    generator = torch.Generator().manual_seed(seed)
    boxes = [random_boxes(generator, number, (128, 192), dtype=torch.float32).round() for number in (60, 0, 7)]
    ignore = [torch.rand(len(each), generator=generator) < 0.2 for each in boxes]
    targets = Targets.from_lists(boxes, [torch.zeros(len(each)) for each in boxes], ignore)
    found = []
    for kernels in ("sparse", "reference"):
        monkeypatch.setenv(VARIABLE, kernels)
        found.append(assigner(priors, targets))
    assert_same_assignment(*found)
    assert len(found[0]) > 10


def test_a_distance_on_the_bound_belongs_to_the_coarser_level() -> None:
    """The box is 64 wide about (32, 36): from the point (4, 36), and none else of this row, 60 to its far side."""
    priors = PointGrid((8, 16))((96, 96))
    box = torch.tensor([[0.0, 0.0, 68.0, 68.0]])
    found = FcosAssigner(radius=None)(priors, Targets.from_lists([box], [torch.zeros(1)]))
    far = torch.cat((priors.boxes[:, :2], box[:, 2:] - priors.boxes[:, :2]), dim=1).amax(dim=1)
    assert (far[found.prior][priors.level[found.prior] == 0] < 64).all()
    assert (far[found.prior][priors.level[found.prior] == 1] >= 64).all()
    assert (far[: 12 * 12] == 64).any(), "a point of the finer level lies on the bound"


def test_a_distance_on_the_bound_may_belong_to_neither_level() -> None:
    """As in torchvision; every point has its far side 64 away, which is 8 strides of one level and 4 of the other."""
    priors = PointGrid((8, 16, 32))((96, 96))
    place = priors.boxes[priors.level == 0][40, :2]
    box = torch.cat((place - 64, place + 64))[None]
    some = Targets.from_lists([box], [torch.zeros(1)])
    own, other = (FcosAssigner(bound=bound)(priors, some) for bound in ("coarser", "neither"))
    assert (priors.level[own.prior] == 1).all()
    far = torch.cat((priors.boxes[:, :2] - box[:, :2], box[:, 2:] - priors.boxes[:, :2]), dim=1).amax(dim=1)
    assert set(own.prior.tolist()) - set(other.prior.tolist()) == set(own.prior[far[own.prior] == 64].tolist())


@pytest.mark.parametrize(("area_limit", "winner"), [(None, 1), (1e8, 0), (575.5, 1), (500.0, None)])
def test_areas_of_about_the_same_size_may_be_equal(area_limit: float | None, winner: int | None) -> None:
    """576 and 575 pixels² are, counted down from 10⁸ in float32; then the first wins. What is too large has nothing."""
    boxes = torch.tensor([[21.0, 21.0, 45.0, 45.0], [20.5, 21.0, 45.5, 44.0]])
    priors, some = PointGrid((8,))((64, 64)), Targets.from_lists([boxes], [torch.zeros(2)])
    point = 3 * 8 + 3
    assert priors.boxes[point, :2].tolist() == [28.0, 28.0]
    found = FcosAssigner(area_limit=area_limit)(priors, some)
    assert found.target[found.prior == point].tolist() == ([] if winner is None else [winner])


def test_reasons() -> None:
    targets = Targets.from_lists([torch.tensor([[0.0, 0.0, 60.0, 60.0]])], [torch.zeros(1)])
    _, verdicts = FcosAssigner().explain(PointGrid((8, 32))((96, 96)), targets)
    found = set(reasons(verdicts).values())
    assert found == {Reason.POSITIVE, Reason.OTHER_LEVEL, Reason.OFF_CENTRE, Reason.OUTSIDE_BOX}


def test_it_needs_points() -> None:
    priors = AnchorGrid((((10.0, 14.0), (30.0, 20.0)),), (8,))((64, 64))
    with pytest.raises(ConfigError, match="needs one prior per cell"):
        FcosAssigner()(priors, Targets.from_lists([torch.zeros(0, 4)], [torch.zeros(0)]))


def test_fields_are_checked() -> None:
    with pytest.raises(ConfigError, match="radius must be"):
        FcosAssigner(radius=0.0)
    with pytest.raises(ConfigError, match="0 <= least < most"):
        FcosAssigner(least=8.0, most=8.0)
    with pytest.raises(ConfigError, match="area_limit must be above 0"):
        FcosAssigner(area_limit=0.0)
    with pytest.raises((ConfigError, TypeError), match="bound"):
        FcosAssigner(bound="both")  # type: ignore[arg-type]
