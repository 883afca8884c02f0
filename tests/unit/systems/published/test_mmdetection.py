"""Against networks of the same names, put together here from what MMDetection says they compute."""

import re
import time
from copy import deepcopy
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.unit.foreign_weights.trainer_objects import foreign_classes
from tests.unit.systems.published.mmdetection_detections import Found, retinanet_detections, ssd300_detections
from tests.unit.systems.published.same_detections import require_same
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision import models

from boxwright.errors import DataError
from boxwright.models import Normalization
from boxwright.structures import ImageOrigin
from boxwright.systems import System, load_model, read_card
from boxwright.systems.published.mmdetection import _OF_RETINANET, _require_boxes, _three

WIDTH, CLASSES = 32, ("cat", "dog", "cow")
MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
RGB = "img_norm_cfg = dict(\n    mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)"
BGR = "data_preprocessor=dict(bgr_to_rgb=False, mean=[103.53, 116.28, 123.675], std=[1.0, 2.0, 3.0])"


def _wrapped(convolution: nn.Conv2d) -> nn.Module:
    """MMDetection's convolution is a module with one inside."""
    module = nn.Module()
    module.conv = convolution
    return module


class RetinaNet(nn.Module):
    def __init__(self, number: int) -> None:
        super().__init__()
        self.backbone = getattr(models, f"resnet{number}")()
        del self.backbone.fc
        last = 512 if number < 50 else 2048
        self.neck, self.bbox_head = nn.Module(), nn.Module()
        self.neck.lateral_convs = nn.ModuleList(_wrapped(nn.Conv2d(last >> n, WIDTH, 1)) for n in (2, 1, 0))
        self.neck.fpn_convs = nn.ModuleList(
            _wrapped(nn.Conv2d(last if n == 3 else WIDTH, WIDTH, 3, stride=1 + (n > 2), padding=1)) for n in range(5)
        )
        for part in ("cls", "reg"):
            tower = nn.ModuleList(_wrapped(nn.Conv2d(WIDTH, WIDTH, 3, padding=1)) for _ in range(2))
            setattr(self.bbox_head, f"{part}_convs", tower)
        self.bbox_head.retina_cls = nn.Conv2d(WIDTH, 9 * len(CLASSES), 3, padding=1)
        self.bbox_head.retina_reg = nn.Conv2d(WIDTH, 9 * 4, 3, padding=1)

    def forward(self, images: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        body = self.backbone
        features = body.maxpool(body.relu(body.bn1(body.conv1(images))))
        stages = []
        for stage in (body.layer1, body.layer2, body.layer3, body.layer4):
            features = stage(features)
            stages.append(features)
        merged = [part.conv(level) for part, level in zip(self.neck.lateral_convs, stages[1:], strict=True)]
        for level in (1, 0):
            merged[level] = merged[level] + F.interpolate(merged[level + 1], size=merged[level].shape[-2:])
        levels = [part.conv(level) for part, level in zip(self.neck.fpn_convs[:3], merged, strict=True)]
        levels.append(self.neck.fpn_convs[3].conv(stages[-1]))  # on the input, that is C5
        levels.append(self.neck.fpn_convs[4].conv(levels[-1]))  # without a ReLU
        return self._predict("cls", levels), self._predict("reg", levels)

    def _predict(self, part: str, levels: list[Tensor]) -> list[Tensor]:
        found = []
        for level in levels:
            for layer in getattr(self.bbox_head, f"{part}_convs"):
                level = F.relu(layer.conv(level))
            found.append(getattr(self.bbox_head, f"retina_{part}")(level))
        return found


class SSD300(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.backbone, self.neck, self.bbox_head = nn.Module(), nn.Module(), nn.Module()
        layers = [*models.vgg.make_layers(models.vgg.cfgs["D"])][:30]  # VGG-16 has a large classifier behind them
        for layer in layers:
            if isinstance(layer, nn.MaxPool2d):
                layer.ceil_mode = True
            elif isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        tail = [nn.MaxPool2d(3, 1, 1), nn.Conv2d(512, 1024, 3, padding=6, dilation=6), nn.ReLU()]
        self.backbone.features = nn.Sequential(*layers, *tail, nn.Conv2d(1024, 1024, 1), nn.ReLU())
        self.neck.l2_norm = nn.Module()
        self.neck.l2_norm.weight = nn.Parameter(torch.rand(512) * 20)
        pairs = [(1024, 256, 512, 2, 1), (512, 128, 256, 2, 1), (256, 128, 256, 1, 0), (256, 128, 256, 1, 0)]
        self.neck.extra_layers = nn.ModuleList(
            nn.Sequential(_wrapped(nn.Conv2d(a, b, 1)), _wrapped(nn.Conv2d(b, c, 3, s, p))) for a, b, c, s, p in pairs
        )
        shapes = list(zip((512, 1024, 512, 256, 256, 256), (4, 6, 6, 6, 4, 4), strict=True))
        for part, size in (("cls", len(CLASSES) + 1), ("reg", 4)):
            layers = [nn.Sequential(nn.Conv2d(width, count * size, 3, padding=1)) for width, count in shapes]
            setattr(self.bbox_head, f"{part}_convs", nn.ModuleList(layers))

    def forward(self, images: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        fine = self.backbone.features[:23](images)
        levels = [self.neck.l2_norm.weight.view(1, -1, 1, 1) * fine / fine.pow(2).sum(1, keepdim=True).sqrt()]
        levels.append(self.backbone.features[23:](fine))
        for first, second in self.neck.extra_layers:
            levels.append(F.relu(second.conv(F.relu(first.conv(levels[-1])))))
        heads = (self.bbox_head.cls_convs, self.bbox_head.reg_convs)
        classes, codes = ([layer(level) for layer, level in zip(head, levels, strict=True)] for head in heads)
        return classes, codes


def _older(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Names of before version 2.14."""
    renamed = {}
    for name, value in state.items():
        name = name.replace("neck.l2_norm", "backbone.l2_norm")
        if found := re.fullmatch(r"neck\.extra_layers\.(\d)\.(\d)\.conv\.(\w+)", name):
            name = f"backbone.extra.{2 * int(found[1]) + int(found[2])}.{found[3]}"
        renamed[re.sub(r"(_convs\.\d)\.0\.", r"\1.", name)] = value
    return renamed


def _written(path: Path, state: dict[str, Tensor], settings: str = "") -> Path:
    """With what a training keeps beside the weights, objects of other programs too."""
    with foreign_classes(HistoryBuffer="mmengine.logging.history_buffer") as made:
        meta: dict[str, Any] = {"CLASSES": CLASSES, "config": settings, "hook": made["HistoryBuffer"](), "epoch": 12}
        optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))]).state_dict()
        torch.save({"meta": meta, "state_dict": state, "optimizer": optimizer}, path)
    return path


def _spread(network: nn.Module) -> nn.Module:
    """Gives norms something to do."""
    torch.manual_seed(3)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for value in (module.weight, module.bias, module.running_mean, module.running_var):
                nn.init.uniform_(value, 0.5, 1.5)  # type: ignore[arg-type]
    return network.eval()


def _spread_outputs(network: nn.Module, images: Tensor) -> nn.Module:
    """Gives the last layers outputs of moderate size, so that scores differ and boxes are not their anchors.

    In single precision, which is what a file holds.
    """
    head = network.bbox_head
    layers = [[head.retina_cls], [head.retina_reg]] if hasattr(head, "retina_cls") else [head.cls_convs, head.reg_convs]
    with torch.no_grad():
        found = network(images.float())
        for part, outputs, size in zip(layers, found, (1.0, 0.3), strict=True):
            every = torch.cat([level.flatten() for level in outputs])
            for layer in [module for each in part for module in each.modules() if isinstance(module, nn.Conv2d)]:
                layer.weight.mul_(size / every.std())
                layer.bias.sub_(every.mean()).mul_(size / every.std())
    return network.double()


@pytest.mark.parametrize(("number", "settings", "is_fused"), [(18, "", False), (18, BGR, False), (18, "", True)])
def test_retinanet_finds_the_same_objects(number: int, settings: str, is_fused: bool, tmp_path: Path) -> None:
    """By MMDetection's anchors, boxes and suppression; in double precision, where no score changes its place."""
    torch.manual_seed(5)
    pixels = torch.randint(256, (1, 3, 64, 96)).double()
    mean, std, theirs = (MEAN, STD, pixels) if settings != BGR else (MEAN[::-1], (1.0, 2.0, 3.0), pixels.flip(1))
    images = (theirs - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
    network = _spread_outputs(_spread(RetinaNet(number)), images)
    state = (_fused(network) if is_fused else network).state_dict()
    system, _ = load_model(_written(tmp_path / "w.pth", state, settings))
    with torch.no_grad():
        wanted = retinanet_detections(*network(images), canvas=(64, 96))
    _require_found(system, pixels, wanted)


def test_ssd300_finds_the_same_objects(tmp_path: Path) -> None:
    torch.manual_seed(5)
    pixels = torch.randint(256, (1, 3, 300, 300)).double()
    images = pixels - torch.tensor(MEAN).view(3, 1, 1)
    network = _spread_outputs(SSD300().eval(), images)
    system, _ = load_model(_written(tmp_path / "w.pth", network.state_dict()))
    with torch.no_grad():
        wanted = ssd300_detections(*network(images))
    _require_found(system, pixels, wanted)


def _require_found(system: System, pixels: Tensor, wanted: Found) -> None:
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (system.normalization.mean, system.normalization.std))
    with torch.no_grad():
        predictions = system.detector.double()((pixels - mean) / std)
    size = tuple(pixels.shape[2:])
    (found,) = system.postprocessor(predictions, system.prior_generator(size), [ImageOrigin(0, None, size)])
    assert len(found.boxes) == len(wanted[0]) == system.postprocessor.max_detections
    assert len(set(found.labels.tolist())) > 1
    require_same((found.boxes, found.scores, found.labels), wanted, most=len(wanted[0]) // 2)


def _fused(network: nn.Module) -> nn.Module:
    """Puts norms into convolutions, as MMDetection's program does that makes files smaller."""
    fused = deepcopy(network)
    for module in [each for each in fused.backbone.modules() if len(list(each.children())) > 1]:
        for (_, convolution), (name, norm) in pairwise(list(module.named_children())):
            if isinstance(norm, nn.BatchNorm2d):
                merged = fuse_conv_bn_eval(convolution, norm)
                convolution.weight, convolution.bias = merged.weight, merged.bias
                setattr(module, name, nn.Identity())
    return fused


@pytest.mark.parametrize(("number", "settings"), [(18, ""), (18, RGB), (18, BGR), (34, ""), (50, ""), (101, "")])
def test_retinanet_finds_what_it_found(number: int, settings: str, tmp_path: Path) -> None:
    network = _spread(RetinaNet(number))
    path = _written(tmp_path / "w.pth", network.state_dict(), settings)
    system, card = load_model(path)
    assert (card.system, card.categories) == (f"retinanet_r{number}", CLASSES)
    pixels = torch.randint(256, (1, 3, 64, 96)).float()
    mean, std = (MEAN, STD) if settings != BGR else ((103.53, 116.28, 123.675), (1.0, 2.0, 3.0))
    theirs = pixels if settings != BGR else pixels.flip(1)
    with torch.no_grad():
        classes, boxes = network(Normalization(mean, std)(theirs))
        found = system.detector(system.normalization(pixels))
    for level in range(5):
        for ours, other in ((found.class_logits, classes), (found.box_codes, boxes)):
            one, two = ours[level].flatten(1, 2), other[level]
            torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-4 * float(two.abs().max()))


@pytest.mark.parametrize("names", ["newer", "older"])
def test_ssd300_finds_what_it_found(names: str, tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = SSD300().eval()
    state = network.state_dict() if names == "newer" else _older(network.state_dict())
    system, card = load_model(_written(tmp_path / "w.pth", state))
    assert (card.system, card.categories) == ("ssd300", CLASSES)
    assert system.normalization == Normalization(MEAN, (1.0, 1.0, 1.0))
    pixels = torch.randint(256, (1, 3, 300, 300)).float()
    with torch.no_grad():
        images = system.normalization(pixels)
        classes, boxes = network(images)
        found = system.detector(images)
    for level in range(6):
        logits = (
            classes[level].unflatten(1, (-1, len(CLASSES) + 1)).roll(1, dims=2)
        )  # the background from last to first
        wanted = boxes[level].unflatten(1, (-1, 4))
        for one, two in ((found.class_logits[level], logits), (found.box_codes[level], wanted)):
            torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-4 * float(two.abs().max()))


def _zeros() -> dict[str, Tensor]:
    with torch.device("meta"):
        shapes = {name: value.shape for name, value in SSD300().state_dict().items()}
    return {name: torch.zeros(shape) for name, shape in shapes.items()}


def test_default_boxes_of_mmdetection_are_not_clipped(tmp_path: Path) -> None:
    state = _zeros()
    system, _ = load_model(_written(tmp_path / "w.pth", state))
    priors = system.prior_generator((300, 300), "cpu")
    assert float(priors.boxes[-1, 3]) == pytest.approx(0.87 * 300 * 2**0.5)


def test_retinanets_of_another_form_are_refused(tmp_path: Path) -> None:
    settings = "backbone=dict(type='ResNet', style='caffe')"
    path = _written(tmp_path / "w.pth", RetinaNet(18).state_dict(), settings)
    with pytest.raises(DataError, match="style of Caffe"):
        read_card(path)


def test_default_boxes_of_other_sizes_are_refused(tmp_path: Path) -> None:
    state = _zeros()
    path = _written(tmp_path / "w.pth", state, "anchor_generator=dict(basesize_ratio_range=(0.2, 0.9))")
    with pytest.raises(DataError, match=r"sizes of 0\.2 to 0\.9 of the canvas; those of ssd300 are for COCO"):
        read_card(path)


@pytest.mark.parametrize("text", ["mean=[1.2.3, 4, 5], std=[1, 1, 1]", "mean=[...]", "'mean': (127.5)", "mean=[1, 2"])
def test_numbers_of_a_configuration_that_are_none(text: str) -> None:
    with pytest.raises(DataError, match=r"its configuration says .mean.*is not three numbers"):
        _three(text, "mean")


def test_a_configuration_that_no_network_has(tmp_path: Path) -> None:
    path = _written(tmp_path / "w.pth", RetinaNet(18).state_dict(), f"mean=[{'9' * 400}, 2, 3], std=[0, 0, 0]")
    with pytest.raises(DataError, match=r"w\.pth says that normalization is .*, which it cannot be"):
        read_card(path)


@pytest.mark.parametrize("text", ["mean=" + " " * 300_000, "mean=[(" * 100_000, ("mean" + " " * 1000) * 300])
def test_a_long_configuration_is_read_soon(text: str) -> None:
    started = time.process_time()
    assert _three(text, "mean") is None
    assert time.process_time() - started < 5.0  # with blanks looked at twice it takes hours


@pytest.mark.parametrize(
    "text", ["mean=[1., .5, 2e1]", "'mean': (1.0, 0.5, 20)", "mean = [[1, 0.5, 20.0,]]", "mean:[1,.5,20]"]
)
def test_forms_of_three_numbers(text: str) -> None:
    assert _three(f"target_means=[9, 9, 9], mean=0, {text}", "mean") == (1.0, 0.5, 20.0)


USUAL = """
anchor_generator=dict(octave_base_scale=4, scales_per_octave=3, ratios=[0.5, 1.0, 2.0], strides=[8, 16, 32, 64, 128]),
bbox_coder=dict(target_means=[0.0, 0.0, 0.0, 0.0], target_stds=[1.0, 1.0, 1.0, 1.0])
"""


@pytest.mark.parametrize(
    ("usual", "other"),
    [
        ("scales_per_octave=3", "'scales_per_octave': 1"),
        ("ratios=[0.5, 1.0, 2.0]", "ratios=[1.0]"),
        ("target_stds=[1.0, 1.0, 1.0, 1.0]", "target_stds=(.1, .1, .2, .2)"),
    ],
)
def test_anchors_of_another_form_are_refused(usual: str, other: str) -> None:
    _require_boxes(USUAL, _OF_RETINANET)
    with pytest.raises(DataError, match=r"has \w+ of \(.*boxwright builds this network with"):
        _require_boxes(USUAL.replace(usual, other), _OF_RETINANET)


def test_smaller_anchors_come_along(tmp_path: Path) -> None:
    settings = USUAL.replace("octave_base_scale=4", "octave_base_scale=2")
    system, card = load_model(_written(tmp_path / "w.pth", RetinaNet(18).state_dict(), settings))
    assert card.options["anchor_scale"] == 2.0
    sides = system.prior_generator((64, 64)).boxes[:, 2:].prod(dim=1).sqrt()
    assert float(sides.min()) == pytest.approx(16.0)  # two strides of 8
