"""What imported networks find in a picture is what their own program finds in it.

torchvision's models are run as a whole, with their own normalisation, decoding and suppression, on a photograph that
has the size of the canvas: nothing is scaled there, which programs do in different ways.
"""

from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.models import detection
from torchvision.transforms.functional import pil_to_tensor

from boxwright import predict
from boxwright.cli.main import main
from boxwright.systems import build_system, load_model, save_model
from tests.unit.systems.published.recorded import recorded_state
from tests.unit.systems.published.same_detections import require_same

PHOTOGRAPH = Path(__file__).parent / "bccd" / "JPEGImages" / "BloodImage_00001.jpg"
MOST = 100


def _picture(side: int, folder: Path) -> Path:
    """Cuts a square out of the photograph."""
    path = folder / "picture.png"
    _square(side).save(path)
    return path


def _square(side: int) -> Image.Image:
    return Image.open(PHOTOGRAPH).convert("RGB").crop((120, 80, 120 + side, 80 + side))


def _pixels(side: int) -> Tensor:
    return pil_to_tensor(_square(side)).float() / 255


def _spread(network: nn.Module, side: int) -> nn.Module:
    """Gives the last layers outputs of moderate size, so that scores differ and every box reaches into the image."""
    network.eval()
    head = network.head
    is_ssd = hasattr(head.classification_head, "module_list")
    classes = [*head.classification_head.module_list] if is_ssd else [head.classification_head.cls_logits]
    boxes = [*head.regression_head.module_list] if is_ssd else [head.regression_head.bbox_reg]
    seen: dict[nn.Module, list[Tensor]] = {layer: [] for layer in (*classes, *boxes)}
    hooks = [
        layer.register_forward_hook(lambda layer, _, output: seen[layer].append(output[0].flatten(1)))
        for layer in (*classes, *boxes)
    ]
    with torch.no_grad():
        network([_pixels(side)])
        for hook in hooks:
            hook.remove()
        for layer in (*classes, *boxes):
            outputs = torch.cat(seen[layer], dim=1)  # of every level
            factor = (1.0 if layer in classes else 0.1) / outputs.std()
            layer.weight.mul_(factor)
            layer.bias.copy_((layer.bias - outputs.mean(dim=1)) * factor)
            if hasattr(head.regression_head, "bbox_ctrness") and layer in boxes:
                layer.bias.add_(2.0)  # distances in strides, which are never below 0
    return network


def _ssd() -> tuple[nn.Module, int]:
    torch.manual_seed(0)
    network = detection.ssd300_vgg16(weights=None, weights_backbone=None, num_classes=4, detections_per_img=MOST)
    return _spread(network, 300), 300


def _retinanet(name: str) -> tuple[nn.Module, int]:
    torch.manual_seed(0)
    build = getattr(detection, name)
    sizes = {"min_size": 256, "max_size": 256, "detections_per_img": MOST}
    return _spread(build(weights=None, weights_backbone=None, num_classes=3, **sizes), 256), 256


NETWORKS = {
    "ssd300_vgg16": _ssd,
    "fcos_resnet50_fpn": lambda: _retinanet("fcos_resnet50_fpn"),
    "retinanet_resnet50_fpn": lambda: _retinanet("retinanet_resnet50_fpn"),
    "retinanet_resnet50_fpn_v2": lambda: _retinanet("retinanet_resnet50_fpn_v2"),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_torchvisions_networks_find_what_they_found(name: str, tmp_path: Path) -> None:
    network, side = NETWORKS[name]()
    picture = _picture(side, tmp_path)
    torch.save(network.state_dict(), tmp_path / "theirs.pth")
    assert main(["import", str(tmp_path / "theirs.pth"), "--output", str(tmp_path / "ours.safetensors")]) == 0
    with torch.no_grad():
        theirs = network([_pixels(side)])[0]
    system, _ = load_model(tmp_path / "ours.safetensors")
    threshold = system.postprocessor.score_threshold
    options = {"canvas": side, "score_threshold": threshold, "max_detections": MOST, "device": "cpu"}
    options["one_class_per_box"] = False  # as torchvision finds
    (ours,) = predict(tmp_path / "ours.safetensors", [picture], **options)
    offset = 1 if name.startswith("ssd") else 0  # torchvision's SSD has the background as class 0
    found = (ours.boxes, ours.scores, ours.labels + offset)
    wanted = (theirs["boxes"], theirs["scores"], theirs["labels"])
    assert len(ours) == len(theirs["scores"]) >= MOST
    assert len(set(ours.labels.tolist())) > 1
    require_same(found, wanted, most=MOST // 2)  # scores that differ in the sixth digit may change places


@pytest.mark.parametrize("case", ["yolov8n", "yolov5n"])
def test_imported_networks_find_what_their_weights_find(case: str, tmp_path: Path) -> None:
    """The same weights by another door: put into a system by hand, and saved as a model of boxwright."""
    state = recorded_state(case)
    torch.save({"model": {f"module.{name}": value.half() for name, value in state.items()}}, tmp_path / "theirs.pt")
    assert main(["import", str(tmp_path / "theirs.pt"), "--output", str(tmp_path / "ours.safetensors")]) == 0
    rounded = {name: value.half().float() if value.is_floating_point() else value for name, value in state.items()}
    from boxwright.models import load_published_yolov5, load_published_yolov8

    count = 4 if case == "yolov8n" else 3
    system = build_system(case, count)
    {"yolov8n": load_published_yolov8, "yolov5n": load_published_yolov5}[case](system.detector, rounded)
    names = tuple(f"class {number}" for number in range(count))
    save_model(tmp_path / "by_hand.safetensors", system, categories=names, canvas_size=(256, 256), config={})
    options = {"canvas": 256, "score_threshold": 0.001, "device": "cpu"}
    results = [predict(tmp_path / f"{name}.safetensors", [PHOTOGRAPH], **options)[0] for name in ("ours", "by_hand")]
    assert len(results[0]) > 10
    for part in ("boxes", "scores", "labels"):
        assert torch.equal(getattr(results[0], part), getattr(results[1], part))
