import pytest
import torch
from torch import Tensor

from boxwright.assigners import AtssAssigner
from boxwright.errors import ConfigError
from boxwright.prior_generators import DEFAULT_BOXES, AnchorGrid, PointGrid, retinanet_anchors
from boxwright.structures import Priors, Reason, Targets
from tests.contracts.assigner_laws import SEEDS, AssignerLaws
from tests.contracts.explanation_laws import reasons
from tests.contracts.scenes import Scene, random_boxes, random_scene

ANCHORS = AnchorGrid((((10.0, 14.0), (30.0, 20.0)), ((60.0, 40.0), (24.0, 50.0))), (8, 16))


class TestAtssOnPoints(AssignerLaws):
    def make(self) -> AtssAssigner:
        return AtssAssigner()


class TestAtssOnAnchors(AssignerLaws):
    def make(self) -> AtssAssigner:
        return AtssAssigner(nearest=5)

    def make_scene(self, seed: int, **options: object) -> Scene:
        return random_scene(seed, generate=ANCHORS, **options)  # type: ignore[arg-type]


def by_the_paper(priors: Priors, boxes: Tensor, nearest: int, scale: float) -> dict[int, int]:
    """Algorithm 1 for one image, all with all in float64: target by prior."""
    centres, sizes = priors.boxes[:, :2].double(), priors.boxes[:, 2:].double() * scale
    boxes = boxes.double()
    low, high = centres - sizes / 2, centres + sizes / 2
    owner: dict[int, tuple[float, int]] = {}
    for number, box in enumerate(boxes):
        distance = (centres - (box[:2] + box[2:]) / 2).square().sum(dim=1)
        candidates: list[int] = []
        for grid in priors.grids:
            some = distance[grid.start : grid.stop].argsort(stable=True) + grid.start
            candidates += some[: nearest * grid.priors_per_cell].tolist()
        sides = (high.minimum(box[2:]) - low.maximum(box[:2])).clamp(min=0)
        common = sides.prod(dim=1)
        iou = common / (sizes.prod(dim=1) + (box[2:] - box[:2]).prod() - common)
        some = iou[candidates]
        threshold = some.mean() + some.std()
        for prior in candidates:
            inside = bool(((centres[prior] > box[:2]) & (centres[prior] < box[2:])).all())
            if inside and iou[prior] >= threshold and (prior not in owner or iou[prior] > owner[prior][0]):
                owner[prior] = float(iou[prior]), number
    return {prior: number for prior, (_, number) in owner.items()}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("priors", "scale"),
    [
        (PointGrid((8, 16, 32))((160, 128)), 8.0),
        (ANCHORS((96, 64)), 1.0),
        (DEFAULT_BOXES["ssd_tiny"]((224, 224)), 1.0),
        (retinanet_anchors()((160, 224)), 1.0),  # on the corners of the cells
        (retinanet_anchors("torchvision")((160, 224)), 1.0),  # and as far apart as is fitted to the canvas
    ],
)
def test_it_is_the_algorithm_of_the_paper(priors: Priors, scale: float, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    boxes = random_boxes(generator, 12, priors.canvas_size, dtype=torch.float32)
    found = AtssAssigner()(priors, Targets.from_lists([boxes], [torch.zeros(12)]))
    wanted = by_the_paper(priors, boxes, 9, scale)
    assert len(wanted) > 5
    assert dict(zip(found.prior.tolist(), found.target.tolist(), strict=True)) == wanted


def assign(*boxes: tuple[float, ...], assigner: AtssAssigner | None = None) -> list[int]:
    targets = Targets.from_lists([torch.tensor(boxes)], [torch.zeros(len(boxes))])
    return (assigner or AtssAssigner(nearest=1))(PointGrid((8,))((16, 16)), targets).prior.tolist()


def test_worked_by_hand() -> None:
    """One candidate: its IoU is the mean, so it is positive if its centre is inside."""
    assert assign((2.0, 2.0, 8.0, 8.0)) == [0]
    assert assign((5.0, 5.0, 8.0, 8.0)) == []


def test_a_tiny_target_has_a_point_if_that_is_guaranteed() -> None:
    assert assign((5.0, 5.0, 8.0, 8.0), assigner=AtssAssigner(guarantee=True)) == [0]


def test_reasons() -> None:
    targets = Targets.from_lists([torch.tensor([[0.0, 0, 64, 64]])], [torch.zeros(1)])
    _, verdicts = AtssAssigner().explain(PointGrid((8,))((64, 64)), targets)
    found = set(reasons(verdicts).values())
    assert found == {Reason.POSITIVE, Reason.BELOW_THRESHOLD, Reason.BELOW_TOP_K}


def test_fields_are_checked() -> None:
    with pytest.raises(ConfigError, match="nearest must be"):
        AtssAssigner(nearest=0)
    with pytest.raises(ConfigError, match="point_scale must be"):
        AtssAssigner(point_scale=0.0)
