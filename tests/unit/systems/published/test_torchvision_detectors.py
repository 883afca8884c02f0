import torch
from torchvision.models import detection

from boxwright.foreign_weights import ForeignWeights
from boxwright.systems import build_system
from boxwright.systems.published.torchvision_detectors import convert_torchvision


def _state(name: str, classes: int) -> ForeignWeights:
    build = getattr(detection, name)
    return ForeignWeights(build(weights=None, weights_backbone=None, num_classes=classes).state_dict())


def test_weights_of_coco_have_its_categories_and_ids() -> None:
    weights = _state("retinanet_resnet50_fpn_v2", 91)
    found = convert_torchvision(weights)
    assert found is not None
    assert (found.system, found.num_classes) == ("retinanet_r50", 80)
    assert found.names is not None
    assert found.ids is not None
    assert (found.names[0], found.names[-1], found.ids[0], found.ids[-1]) == ("person", "toothbrush", 1, 90)
    assert found.options["dialect"] == "torchvision_v2"
    assert found.options["head_norms"] is True
    theirs = weights.tensors["head.classification_head.cls_logits.bias"].view(9, 91)
    ours = found.tensors["head.class_predictor.bias"].view(9, 80)
    assert torch.equal(ours[:, 79], theirs[:, 90])
    assert torch.equal(ours, theirs[:, list(found.ids)])


def test_of_other_data_every_row_stays() -> None:
    with torch.device("meta"):
        found = convert_torchvision(_state("retinanet_resnet50_fpn", 3))
    assert found is not None
    assert (found.num_classes, found.names, found.options["dialect"]) == (3, None, "torchvision")
    assert found.options["head_norms"] is False
    assert "Class 0 is the background" in found.notes[0]


def test_fcos_of_coco_has_its_categories_and_no_others() -> None:
    weights = _state("fcos_resnet50_fpn", 91)
    found = convert_torchvision(weights)
    assert found is not None
    assert (found.form, found.system, found.num_classes) == ("torchvision's FCOS", "fcos_r50", 80)
    assert found.ids is not None
    assert found.names is not None
    assert (found.names[0], found.names[-1], found.ids[-1]) == ("person", "toothbrush", 90)
    assert (found.options["dialect"], found.options["depth"], found.options["width"]) == ("torchvision", 4, 256)
    assert found.options["head_norms"] is True
    theirs = weights.tensors["head.classification_head.cls_logits.bias"]
    assert torch.equal(found.tensors["head.class_predictor.bias"], theirs[list(found.ids)])
    with torch.device("meta"):
        frame = build_system(found.system, found.num_classes, **found.options).detector.state_dict()
    assert {name: value.shape for name, value in found.tensors.items()} == {
        name: value.shape for name, value in frame.items()
    }


def test_ssd_keeps_the_rows_that_its_softmax_counts() -> None:
    with torch.device("meta"):
        found = convert_torchvision(_state("ssd300_vgg16", 91))
    assert found is not None
    assert (found.system, found.num_classes, found.options["norms"]) == ("ssd300", 90, False)
    assert found.names is not None
    assert found.names[0] == "person"
    assert "N/A 12" in found.names
    assert len(set(found.names)) == 90


def test_others_are_none_of_these() -> None:
    assert convert_torchvision(ForeignWeights({"a": torch.zeros(1)})) is None
