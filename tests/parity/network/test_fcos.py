"""FCOS against torchvision's, with the same weights: outputs, losses, gradients and detections."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn
from torchvision.models import detection

from boxwright.errors import DataError
from boxwright.models import load_torchvision_fcos
from boxwright.structures import ImageOrigin, Predictions, Targets
from boxwright.systems import System, build_system

CLASSES = 4
CANVASES = [(128, 128), (96, 160)]  # on the second, levels P6 and P7 are no whole number of strides wide
LOSSES = {"class": "classification", "box": "bbox_regression", "centreness": "bbox_ctrness"}
OUTPUTS = {"class_logits": "cls_logits", "box_codes": "bbox_regression", "centreness": "bbox_ctrness"}


def rows(blocks: tuple[Tensor, ...]) -> Tensor:
    return torch.cat([block.permute(0, 3, 4, 1, 2).flatten(1, 3) for block in blocks], dim=1)


def columns(predictions: Predictions) -> dict[str, Tensor]:
    blocks = {"class_logits": predictions.class_logits, "box_codes": predictions.box_codes, **predictions.further}
    return {name: rows(levels) for name, levels in blocks.items()}


@pytest.fixture(scope="module")
def theirs() -> nn.Module:
    """With random weights, whose outputs spread by 1.5 (classes, centreness) and 0.8 strides (sides)."""
    torch.manual_seed(3)
    model = detection.fcos_resnet50_fpn(weights=None, weights_backbone=None, num_classes=CLASSES).eval()
    with torch.no_grad():
        for value in model.head.parameters():
            if value.ndim == 4:
                nn.init.kaiming_normal_(value)
        found = model.head(list(model.backbone(pixels((128, 128))).values()))
        model.head.classification_head.cls_logits.weight.mul_(1.5 / found["cls_logits"].std())
        model.head.classification_head.cls_logits.bias.fill_(-1.0)
        model.head.regression_head.bbox_ctrness.weight.mul_(1.5 / found["bbox_ctrness"].std())
        model.head.regression_head.bbox_reg.weight.mul_(0.8 / found["bbox_regression"].std())
        model.head.regression_head.bbox_reg.bias.fill_(3.0)  # boxes without area are no detections here
    return model


@pytest.fixture(scope="module")
def system(theirs: nn.Module) -> System:
    built = build_system("fcos_r50", CLASSES, dialect="torchvision")
    load_torchvision_fcos(built.detector, theirs.state_dict())
    built.detector.eval()
    return built


def pixels(canvas: tuple[int, int]) -> Tensor:
    return torch.rand(2, 3, *canvas, generator=torch.Generator().manual_seed(1)) * 2 - 1


def whole_boxes(canvas: tuple[int, int], seed: int) -> tuple[list[Tensor], list[Tensor]]:
    """Objects of two images with sides on whole pixels, as annotations have them: so distances lie on bounds."""
    generator = torch.Generator().manual_seed(seed)
    boxes, labels = [], []
    for number in (25, 0 if seed == 2 else 6):
        corner = torch.rand(number, 2, generator=generator) * torch.tensor(canvas[::-1])
        size = 2 ** (torch.rand(number, 2, generator=generator) * 4 + 2.5)
        low = (corner - size / 2).round().clamp(min=0)
        high = torch.minimum((corner + size / 2).round(), torch.tensor(canvas[::-1])).maximum(low + 1)
        boxes.append(torch.cat((low, high), dim=1))
        labels.append(torch.randint(CLASSES, (number,), generator=generator))
    return boxes, labels


@torch.no_grad()
@pytest.mark.parametrize("canvas", CANVASES)
def test_raw_outputs(canvas: tuple[int, int], system: System, theirs: nn.Module) -> None:
    found = columns(system.detector(pixels(canvas)))
    expected = theirs.head(list(theirs.backbone(pixels(canvas)).values()))
    assert {OUTPUTS[name] for name in found} == set(expected)
    for name, value in found.items():
        torch.testing.assert_close(value, expected[OUTPUTS[name]], rtol=1e-4, atol=1e-4)


@torch.no_grad()
@pytest.mark.parametrize("canvas", [*CANVASES, (320, 256), (480, 608)])
def test_points(canvas: tuple[int, int], system: System, theirs: nn.Module) -> None:
    features = [torch.zeros(1, 1, -(-canvas[0] // stride), -(-canvas[1] // stride)) for stride in (8, 16, 32, 64, 128)]
    shapes = detection.image_list.ImageList(torch.zeros(1, 3, *canvas), [canvas])
    (expected,) = theirs.anchor_generator(shapes, features)
    centre, size = system.prior_generator(canvas, "cpu").boxes.split(2, dim=1)
    assert torch.equal(torch.cat((centre - size / 2, centre + size / 2), dim=1), expected)


@pytest.mark.parametrize("canvas", [*CANVASES, (480, 608)])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_losses_and_gradients(canvas: tuple[int, int], seed: int, system: System, theirs: nn.Module) -> None:
    """Of random outputs of a head, on objects that share points and whose sides lie on bounds of levels."""
    priors = system.prior_generator(canvas, "cpu")
    generator = torch.Generator().manual_seed(seed)
    shape = (2, len(priors))
    leaves = [
        (torch.randn(*shape, CLASSES, generator=generator) - 2).requires_grad_(),
        (torch.randn(*shape, 4, generator=generator).abs() * 3).requires_grad_(),
        torch.randn(*shape, 1, generator=generator).requires_grad_(),
    ]
    boxes, labels = whole_boxes(canvas, seed)
    predictions = Predictions.from_dense(*leaves[:2], priors, further={"centreness": leaves[2]})
    ours = system.criterion(predictions, priors, Targets.from_lists(boxes, labels))

    centre, size = priors.boxes.split(2, dim=1)
    anchors = [torch.cat((centre - size / 2, centre + size / 2), dim=1)] * 2
    given = [{"boxes": one, "labels": other} for one, other in zip(boxes, labels, strict=True)]
    counts = [grid.num_priors for grid in priors.grids]
    wanted = theirs.compute_loss(given, dict(zip(OUTPUTS.values(), leaves, strict=True)), anchors, counts)
    assert list(ours) == list(LOSSES)
    for name, other in LOSSES.items():
        torch.testing.assert_close(ours[name], wanted[other], rtol=1e-5, atol=1e-7)
        pairs = [torch.autograd.grad(loss, leaves, allow_unused=True) for loss in (ours[name], wanted[other])]
        for mine, its in zip(*pairs, strict=True):
            assert (mine is None) == (its is None)
            if its is not None:
                torch.testing.assert_close(mine, its, rtol=1e-4, atol=1e-5 * float(its.abs().max()) + 1e-9)


def test_the_gradient_of_a_whole_network(system: System, theirs: nn.Module) -> None:
    """From pixels to every weight."""
    canvas = (96, 160)
    boxes, labels = whole_boxes(canvas, 0)
    losses = system.criterion(
        system.detector(pixels(canvas)), system.prior_generator(canvas, "cpu"), Targets.from_lists(boxes, labels)
    )
    features = list(theirs.backbone(pixels(canvas)).values())
    anchors = theirs.anchor_generator(detection.image_list.ImageList(pixels(canvas), [canvas] * 2), features)
    given = [{"boxes": one, "labels": other} for one, other in zip(boxes, labels, strict=True)]
    counts = [level.shape[2] * level.shape[3] for level in features]
    wanted = theirs.compute_loss(given, theirs.head(features), anchors, counts)
    torch.stack(list(losses.values())).sum().backward()
    torch.stack(list(wanted.values())).sum().backward()
    grown = {name: value.grad for name, value in theirs.named_parameters()}
    frame = build_system("fcos_r50", CLASSES, dialect="torchvision").detector
    load_torchvision_fcos(frame, {**theirs.state_dict(), **grown})  # gradients by our names
    expected = dict(frame.named_parameters())
    found = {name: value.grad for name, value in system.detector.named_parameters()}
    assert found.keys() == expected.keys()
    for name, value in found.items():
        largest = float(expected[name].detach().abs().max())
        torch.testing.assert_close(value, expected[name].detach(), rtol=1e-3, atol=1e-4 * largest + 1e-9, msg=name)


@torch.no_grad()
@pytest.mark.parametrize(("canvas", "most"), [((128, 128), 300), ((96, 160), 40)])
def test_detections(canvas: tuple[int, int], most: int, system: System, theirs: nn.Module) -> None:
    features = list(theirs.backbone(pixels(canvas)).values())
    outputs = theirs.head(features)
    anchors = theirs.anchor_generator(detection.image_list.ImageList(pixels(canvas), [canvas] * 2), features)
    counts = [level.shape[2] * level.shape[3] for level in features]
    split = {name: list(value.split(counts, dim=1)) for name, value in outputs.items()}
    rule = SimpleNamespace(
        score_thresh=theirs.score_thresh,
        nms_thresh=theirs.nms_thresh,
        box_coder=theirs.box_coder,
        detections_per_img=most,
        topk_candidates=100,
    )
    expected = type(theirs).postprocess_detections(rule, split, [list(a.split(counts)) for a in anchors], [canvas] * 2)
    postprocessor = replace(system.postprocessor, max_detections=most, candidates_per_level=100)
    origins = [ImageOrigin(index, None, canvas) for index in range(2)]
    found = postprocessor(system.detector(pixels(canvas)), system.prior_generator(canvas, "cpu"), origins)
    for one, other in zip(found, expected, strict=True):
        assert len(one) == len(other["scores"]) >= 30
        torch.testing.assert_close(one.scores, other["scores"], rtol=1e-4, atol=0)
        assert torch.equal(one.labels, other["labels"])
        torch.testing.assert_close(one.boxes, other["boxes"], rtol=1e-4, atol=1e-2)


def test_the_thresholds_are_those_of_torchvision(system: System, theirs: nn.Module) -> None:
    rule = system.postprocessor
    assert (rule.score_threshold, rule.iou_threshold) == (theirs.score_thresh, theirs.nms_thresh)
    assert (rule.max_detections, rule.candidates_per_level) == (theirs.detections_per_img, theirs.topk_candidates)


def test_every_published_tensor_has_a_place(system: System, theirs: nn.Module) -> None:
    assert len(system.detector.state_dict()) == len(theirs.state_dict())
    count = sum(parameter.numel() for parameter in theirs.parameters())
    assert sum(parameter.numel() for parameter in system.detector.parameters()) == count


def test_weights_of_another_class_count_do_not_fit(theirs: nn.Module) -> None:
    with torch.device("meta"):
        other = build_system("fcos_r50", CLASSES + 1, dialect="torchvision").detector
    with pytest.raises(DataError, match=r"2 of another shape: .*head\.class_predictor\.bias \(4,\) instead"):
        load_torchvision_fcos(other, theirs.state_dict())
