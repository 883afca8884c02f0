"""RetinaNet in torchvision's conventions: against recorded numbers, and against torchvision itself."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor
from torchvision.models.detection._utils import BoxCoder, Matcher
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.retinanet import RetinaNet, RetinaNetHead
from torchvision.ops import box_iou

from boxwright.assigners import MaxIouAssigner
from boxwright.coders import DeltaCoder
from boxwright.criterion import Criterion, retinanet_assigner, retinanet_coder, retinanet_criterion
from boxwright.geometry.boxes import cxcywh_to_xyxy, xyxy_to_cxcywh
from boxwright.prior_generators import retinanet_anchors
from boxwright.structures import Predictions, Targets
from tests.contracts.scenes import random_boxes
from tests.parity.golden_cases import case_names, load
from tests.parity.retinanet_cases import Case, dense_assignment, torchvision_case

FOLDER = "retinanet_torchvision"
CASES = [*case_names(FOLDER, "t0"), *case_names(FOLDER, "t1")]
each = pytest.mark.parametrize("name", CASES)


def criterion_of(config: dict[str, Any]) -> Criterion:
    return retinanet_criterion(
        dialect="torchvision",
        assigner=MaxIouAssigner(config["fg_iou"], config["bg_iou"], "restore", ignore_share=None),
        box_loss=config["box_loss"],
        beta=1.0,
        focal_gamma=config["gamma"],
        focal_alpha=config["alpha"],
    )


def read(name: str, dtype: torch.dtype = torch.float32) -> tuple[dict[str, Tensor], dict[str, Any], Case]:
    arrays, config = load(FOLDER, name)
    return arrays, config, torchvision_case(arrays, config, dtype)


@each
def test_anchors_equal_the_recorded_ones_exactly(name: str) -> None:
    arrays, _, case = read(name)
    assert torch.equal(cxcywh_to_xyxy(case.priors.boxes), arrays["anchors"])


@each
def test_assignment_equals_the_recorded_one_in_every_place(name: str) -> None:
    """Recorded: −1 background, −2 between the thresholds."""
    arrays, config, case = read(name)
    found = dense_assignment(criterion_of(config).assigner(case.priors, case.targets), case)
    matched = arrays["matched"].long()
    wanted = (matched + 1).where(matched >= 0, torch.where(matched == -2, -1, 0))
    assert torch.equal(found, wanted)


@each
def test_losses_and_gradients_equal_the_recorded_ones(name: str) -> None:
    arrays, config, case = read(name)
    losses = criterion_of(config)(case.predictions, case.priors, case.targets)
    torch.testing.assert_close(losses["class"].detach(), arrays["loss_cls"], rtol=1e-5, atol=1e-8)
    torch.testing.assert_close(losses["box"].detach(), arrays["loss_bbox"], rtol=1e-5, atol=1e-8)
    total = torch.stack(list(losses.values())).sum()
    torch.testing.assert_close(total.detach(), arrays["loss_total"], rtol=1e-5, atol=1e-8)
    total.backward()
    for leaf, key in (("cls_logits", "grad_logits"), ("box_deltas", "grad_deltas")):
        tolerance = 1e-5 * float(arrays[key].abs().max()) + 1e-8
        torch.testing.assert_close(case.leaves[leaf].grad, arrays[key], rtol=0, atol=tolerance)


@each
def test_losses_in_float64_equal_the_recorded_ones_closely(name: str) -> None:
    arrays, config, case = read(name, torch.float64)
    losses = criterion_of(config)(case.predictions, case.priors, case.targets)
    torch.testing.assert_close(losses["class"].detach(), arrays["loss_cls_f64"], rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(losses["box"].detach(), arrays["loss_bbox_f64"], rtol=1e-5, atol=1e-9)


class TestParts:
    arrays = load(FOLDER, "t90_parts")[0]

    @pytest.mark.parametrize("size", [(96, 128), (70, 100)])
    def test_anchors(self, size: tuple[int, int]) -> None:
        priors = retinanet_anchors("torchvision")(size)
        assert torch.equal(cxcywh_to_xyxy(priors.boxes), self.arrays[f"anchors_{size[0]}x{size[1]}"])
        for level, grid in enumerate(priors.grids):
            first = priors.boxes[grid.start : grid.start + grid.priors_per_cell]
            assert torch.equal(cxcywh_to_xyxy(first), self.arrays[f"base_l{level}"])

    @pytest.mark.parametrize(("which", "stds"), [("retina", (1.0,) * 4), ("ssd", (0.1, 0.1, 0.2, 0.2))])
    def test_coder(self, which: str, stds: Any) -> None:
        coder, priors = DeltaCoder(stds=stds, clamp="upper"), xyxy_to_cxcywh(self.arrays["priors"])
        encoded = coder.encode(boxes=self.arrays["objects"], priors=priors)
        torch.testing.assert_close(encoded, self.arrays[f"encoded_{which}"], rtol=1e-4, atol=1e-5)
        decoded = coder.decode(codes=self.arrays["deltas"], priors=priors)
        torch.testing.assert_close(decoded, self.arrays[f"decoded_{which}"], rtol=1e-5, atol=1e-3)


class TestLive:
    """The installed torchvision on random inputs."""

    canvas, classes, counts = (160, 224), 5, (4, 0, 1, 9)
    priors = retinanet_anchors("torchvision")(canvas)

    def inputs(self, seed: int) -> tuple[list[Tensor], list[Tensor], Tensor, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        boxes = [random_boxes(generator, count, self.canvas, dtype=torch.float32) for count in self.counts]
        labels = [torch.randint(self.classes, (count,), generator=generator) for count in self.counts]
        logits, codes = (
            torch.randn(len(self.counts), len(self.priors), size, generator=generator) - shift
            for size, shift in ((self.classes, 2.0), (4, 0.0))
        )
        return boxes, labels, logits.requires_grad_(), codes.requires_grad_()

    def test_anchors(self) -> None:
        sizes = tuple((size, int(size * 2 ** (1 / 3)), int(size * 2 ** (2 / 3))) for size in (32, 64, 128, 256, 512))
        theirs = AnchorGenerator(sizes, ((0.5, 1.0, 2.0),) * 5)
        for height, width in (self.canvas, (203, 101), (800, 1344)):
            grids = [(-(-height // stride), -(-width // stride)) for stride in (8, 16, 32, 64, 128)]
            features = [torch.zeros(1, 1, *grid) for grid in grids]
            (wanted,) = theirs(ImageList(torch.zeros(1, 3, height, width), [(height, width)]), features)
            found = retinanet_anchors("torchvision")((height, width))
            assert torch.equal(cxcywh_to_xyxy(found.boxes), wanted)

    @pytest.mark.parametrize("box_loss", ["l1", "smooth_l1", "giou"])
    @pytest.mark.parametrize("seed", [0, 1])
    def test_losses_and_gradients(self, seed: int, box_loss: str) -> None:
        boxes, labels, logits, codes = self.inputs(seed)
        head = RetinaNetHead(8, 9, self.classes)
        head.regression_head._loss_type = box_loss
        model: Any = SimpleNamespace(head=head, proposal_matcher=Matcher(0.5, 0.4, allow_low_quality_matches=True))
        theirs = RetinaNet.compute_loss(
            model,
            [{"boxes": rows, "labels": kinds} for rows, kinds in zip(boxes, labels, strict=True)],
            {"cls_logits": logits, "bbox_regression": codes},
            [cxcywh_to_xyxy(self.priors.boxes)] * len(boxes),
        )
        criterion = retinanet_criterion(dialect="torchvision", box_loss=box_loss, beta=1.0)
        targets = Targets.from_lists(boxes, labels)
        ours = criterion(Predictions.from_dense(logits, codes, self.priors), self.priors, targets)
        pairs = ((ours["class"], theirs["classification"]), (ours["box"], theirs["bbox_regression"]))
        for one, other in pairs:
            torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-7)
            for leaf in (logits, codes):
                gradients = [torch.autograd.grad(loss, leaf, allow_unused=True)[0] for loss in (one, other)]
                mine, wanted = (torch.zeros_like(leaf) if value is None else value for value in gradients)
                torch.testing.assert_close(mine, wanted, rtol=1e-4, atol=1e-5 * float(wanted.abs().max()) + 1e-9)

    @pytest.mark.parametrize("seed", [0, 1, 2])
    def test_matches(self, seed: int) -> None:
        boxes, labels, _, _ = self.inputs(seed)
        matcher = Matcher(0.5, 0.4, allow_low_quality_matches=True)
        found = retinanet_assigner("torchvision")(self.priors, Targets.from_lists(boxes, labels))
        anchors, first = cxcywh_to_xyxy(self.priors.boxes), 0
        for image, rows in enumerate(boxes):
            dense = torch.full((len(self.priors),), -1)
            dense[found.ignored[image]] = -2
            mine = found.image == image
            dense[found.prior[mine]] = found.target[mine] - first
            wanted = _matches(matcher, rows, anchors)
            assert torch.equal(dense, wanted)
            first += len(rows)

    def test_coder(self) -> None:
        boxes, _, _, codes = self.inputs(0)
        anchors, priors = cxcywh_to_xyxy(self.priors.boxes[:200]), self.priors.boxes[:200]
        theirs, ours = BoxCoder((1.0, 1.0, 1.0, 1.0)), retinanet_coder("torchvision")
        wild = codes.detach()[0, :200] * 4
        torch.testing.assert_close(
            ours.decode(codes=wild, priors=priors), theirs.decode_single(wild, anchors), rtol=1e-4, atol=1e-2
        )
        rows = boxes[3][torch.arange(200) % 9]
        encoded = theirs.encode_single(rows, anchors)
        torch.testing.assert_close(ours.encode(boxes=rows, priors=priors), encoded, rtol=1e-4, atol=1e-5)


def _matches(matcher: Matcher, boxes: Tensor, anchors: Tensor) -> Tensor:
    if not len(boxes):
        return torch.full((len(anchors),), -1)
    found: Tensor = matcher(box_iou(boxes, anchors))
    return found
