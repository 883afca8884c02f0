"""Class by class, for every head."""

import re
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_file
from tests.unit.systems.published.recorded import recorded_state
from torchvision import models

from boxwright.errors import ConfigError, DataError
from boxwright.models import Normalization
from boxwright.structures import Predictions
from boxwright.systems import System, build_system, save_model
from boxwright.systems.import_file import import_file
from boxwright.training.starting_weights import matching_classes, start_from
from boxwright.training.weights_read import read_weights

SYSTEMS = {
    "yolov8n": {},
    "yolov8n-e2e": {},
    "yolov8n-seg": {},
    "yolov5n": {},
    "ssd_tiny": {},
    "retinanet_r18": {"width": 32, "depth": 1},
    "fcos_r18": {"width": 32, "depth": 1},
}


def _saved(path: Path, name: str, categories: tuple[str, ...], **options: Any) -> System:
    torch.manual_seed(1)
    system = build_system(name, len(categories), **options)
    with torch.no_grad():  # so that no two rows of a bias are the same
        for value in system.detector.head.parameters():
            value.add_(torch.rand_like(value))
    save_model(path, system, categories=categories, canvas_size=(64, 64), config={})
    return system


def _predictions(system: System) -> Predictions:
    torch.manual_seed(0)
    with torch.no_grad():
        found: Predictions = system.detector.eval()(torch.rand(1, 3, 64, 64))
    return found


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("there", [("a", "b", "c"), ("c", "other", "a"), ("b", "x", "y", "z", "c", "a")])
def test_a_class_is_found_as_before_wherever_it_stands(name: str, there: tuple[str, ...], tmp_path: Path) -> None:
    source = _saved(tmp_path / "model.pt", name, there, **SYSTEMS[name])
    torch.manual_seed(2)
    own = build_system(name, 3, **SYSTEMS[name])
    fresh = deepcopy(own)
    start_from(own, ("a", "b", "c"), read_weights(str(tmp_path / "model.pt")))
    before, after = _predictions(source), _predictions(own)
    first = int(before.has_background)
    for old, new in zip(before.class_logits, after.class_logits, strict=True):
        torch.testing.assert_close(old[:, :, :first], new[:, :, :first])
        for label, category in enumerate("abc"):
            if category in there:
                other = old[:, :, first + there.index(category)]
                # layers of other widths are added up in another order
                torch.testing.assert_close(new[:, :, first + label], other, msg=f"class {category}")
    torch.testing.assert_close(before.box_codes, after.box_codes)
    torch.testing.assert_close(before.further, after.further)
    if "b" not in there:  # the rows that nothing was known of are those of a new training
        own_rows, fresh_rows = (_rows(system, 1) for system in (own, fresh))
        assert all(torch.equal(*pair) for pair in zip(own_rows, fresh_rows, strict=True))


def _rows(system: System, label: int) -> list[torch.Tensor]:
    head = system.detector.head
    return [
        value.unflatten(0, (rows.groups, -1))[:, rows.offset + label]
        for layer, rows in head.class_layers().items()
        for value in head.get_submodule(layer).parameters()
    ]


def _said(own: System, categories: tuple[str, ...], path: Path) -> str:
    return start_from(own, categories, read_weights(str(path))).text


def test_it_is_said_which_classes_are_new(tmp_path: Path) -> None:
    _saved(tmp_path / "model.pt", "yolov8n", ("Dog", "cat", "cow", "hen"))
    own = build_system("yolov8n", 5)
    total = len(own.detector.state_dict())
    assert _said(own, ("cat", "dog", "screw", "cow", "nut"), tmp_path / "model.pt") == (
        f" {total - 6} of {total} tensors start from {tmp_path / 'model.pt'}, and 6 in part. Fresh: none. Unused: "
        "none. 3 of 5 classes taken over by name: cat, dog (there 'Dog'), cow; new: screw, nut; unused: hen."
    )


def test_tensors_that_are_fresh_or_not_used_are_counted_by_place(tmp_path: Path) -> None:
    _saved(tmp_path / "model.pt", "yolov8n-seg", ("a",))
    said = _said(build_system("yolov8n", 1), ("a",), tmp_path / "model.pt")
    places = r"(\d+) \(mask_head\.prototypes (\d+), mask_head\.coefficient_branches (\d+)\)\."
    found = re.search(rf"Fresh: none\. Unused: {places}", said)
    assert found is not None
    assert int(found[1]) == int(found[2]) + int(found[3])
    _saved(tmp_path / "other.pt", "yolov8n", ("a",))
    own = build_system("yolov8n-seg", 1)
    said = _said(own, ("a",), tmp_path / "other.pt")
    assert re.search(rf"Fresh: {places} Unused: none\.", said)


def test_the_same_classes_are_said_as_such(tmp_path: Path) -> None:
    _saved(tmp_path / "model.pt", "yolov8n", ("a", "b"))
    own = build_system("yolov8n", 2)
    total = len(own.detector.state_dict())
    said = _said(own, ("a", "b"), tmp_path / "model.pt")
    assert said.startswith(f" {total} of {total} tensors")
    assert said.endswith("All 2 classes are taken over.")


def test_classes_without_a_namesake_start_anew(tmp_path: Path) -> None:
    _saved(tmp_path / "model.pt", "yolov8n", ("cat", "dog"))
    own, fresh = build_system("yolov8n", 2), build_system("yolov8n", 2)
    fresh.detector.load_state_dict(own.detector.state_dict())
    said = _said(own, ("screw", "nut"), tmp_path / "model.pt")
    assert "0 of 2 classes taken over by name; new: screw, nut; unused: cat, dog." in said
    for label in (0, 1):
        assert all(torch.equal(*pair) for pair in zip(_rows(own, label), _rows(fresh, label), strict=True))


def test_a_class_layer_of_another_width_starts_anew(tmp_path: Path) -> None:
    """The class branches of YOLOv8 grow with the number of classes."""
    names = tuple(f"class {number}" for number in range(80))
    _saved(tmp_path / "model.pt", "yolov8n", names)
    said = _said(build_system("yolov8n", 2), names[:2], tmp_path / "model.pt")
    assert said.endswith("0 of 2 classes taken over; new: class 0, class 1. Its class layer has another shape.")


def test_long_lists_of_classes_are_cut(tmp_path: Path) -> None:
    names = tuple(f"class {number}" for number in range(30))
    _saved(tmp_path / "model.pt", "yolov8n", names)
    said = _said(build_system("yolov8n", 29), names[1:], tmp_path / "model.pt")
    assert "29 of 29 classes taken over by name: class 1, " in said
    assert said.endswith("class 10 and 19 more; unused: class 0.")


def test_what_the_weights_expect_comes_along(tmp_path: Path) -> None:
    source = replace(build_system("yolov8n", 1), normalization=Normalization((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)))
    more = {"licence": "AGPL-3.0", "provenance": {"sha256": "ab"}}
    save_model(tmp_path / "m.safetensors", source, categories=["a"], canvas_size=(64, 64), config={}, **more)
    own = build_system("yolov8n", 1)
    start = start_from(own, ("a",), read_weights(str(tmp_path / "m.safetensors")))
    assert start.system.normalization == source.normalization
    assert start.licence == "AGPL-3.0"
    assert (start.provenance["weights"], start.provenance["sha256"]) == ("m.safetensors", "ab")
    assert start.beginning == "detector"


def test_weights_of_others_are_a_start_too(tmp_path: Path) -> None:
    state = recorded_state("yolov8n")
    torch.save({"model": state, "names": ["cat", "dog", "cow", "hen"]}, tmp_path / "theirs.pt")
    own = build_system("yolov8n", 2)
    assert "2 of 2 classes taken over by name: hen, dog; unused: cat, cow." in _said(
        own, ("hen", "dog"), tmp_path / "theirs.pt"
    )
    assert torch.equal(own.detector.state_dict()["backbone.stem.conv.weight"], state["model.0.conv.weight"])


def test_a_model_of_nothing_in_common(tmp_path: Path) -> None:
    _saved(tmp_path / "model.pt", "ssd_tiny", ("a",))
    with pytest.raises(ConfigError, match=r"nothing of .*model.pt \(ssd_tiny\) fits yolov8n"):
        start_from(build_system("yolov8n", 1), ("a",), read_weights(str(tmp_path / "model.pt")))


@pytest.mark.parametrize(
    ("own", "given", "expected"),
    [
        (("a", "b"), ("b", "a"), {0: 1, 1: 0}),
        (("Red  Cell", "white"), ("WHITE ", "red cell"), {0: 1, 1: 0}),
        (("cat", "Cat"), ("Cat",), {1: 0}),
        (("cat", "Cat"), ("CAT",), {}),
        (("a", "a"), ("a", "a"), {0: 0, 1: 1}),
        (("a", "a", "b"), ("a", "b"), {2: 1}),
        (("Straße", "ﬁsh"), ("STRASSE", "fish"), {0: 0, 1: 1}),
        ((), ("a",), {}),
    ],
)
def test_which_names_are_the_same(own: tuple[str, ...], given: tuple[str, ...], expected: dict[int, int]) -> None:
    assert matching_classes(own, given) == expected


def test_a_backbone_alone_is_a_start(tmp_path: Path) -> None:
    classifier = models.resnet18()
    torch.save(classifier.state_dict(), tmp_path / "resnet18.pth")
    own = build_system("retinanet_r18", 1, **SYSTEMS["retinanet_r18"])
    start = start_from(own, ("a",), read_weights(str(tmp_path / "resnet18.pth")))
    assert torch.equal(own.detector.backbone.stem[0].weight, classifier.conv1.weight)
    assert start.text == f" The backbone starts from {tmp_path / 'resnet18.pth'}: 120 tensors."
    assert start.beginning == "backbone"
    with pytest.raises(DataError, match=r"resnet18\.pth: it holds a backbone alone, ResNet-18"):
        start_from(build_system("yolov8n", 1), ("a",), read_weights(str(tmp_path / "resnet18.pth")))


def test_a_start_of_a_backbone_is_one(tmp_path: Path) -> None:
    classifier = timm.create_model("resnet18", num_classes=2)
    torch.save(classifier.state_dict(), tmp_path / "w.pth")
    out = tmp_path / "start.safetensors"
    import_file(tmp_path / "w.pth", out, system="yolov8n", options={"backbone": "resnet18"})
    weights = read_weights(str(out))
    own = build_system("yolov8n", 1, backbone="resnet18")
    before = {key: value.clone() for key, value in own.detector.state_dict().items()}
    start = start_from(own, ("a",), weights)
    assert start.text == f" The backbone starts from {out}: 120 tensors."
    assert start.beginning == "backbone"
    assert start.provenance["backbone"] == "w.pth"
    after = own.detector.state_dict()
    assert torch.equal(after["backbone.features.body.conv1.weight"], classifier.conv1.weight)
    assert all(torch.equal(after[key], before[key]) for key in before if ".features." not in key)
    for other in (build_system("yolov8n", 1), build_system("retinanet_r18", 1, **SYSTEMS["retinanet_r18"])):
        with pytest.raises(DataError, match=r"start\.safetensors holds the backbone of yolov8n alone"):
            start_from(other, ("a",), weights)


def test_neck_and_head_alone_bring_no_scale_of_pixels(tmp_path: Path) -> None:
    _saved(tmp_path / "model.pt", "yolov8n", ("a",))
    own = build_system("yolov8n", 1, backbone="mobilenetv3_small_050")
    start = start_from(own, ("a",), read_weights(str(tmp_path / "model.pt")))
    assert start.system.normalization == own.normalization
    assert "Fresh: " in start.text


def test_a_backbone_of_timm_starts_from_a_file(tmp_path: Path) -> None:
    classifier = timm.create_model("mobilenetv3_small_050", num_classes=2)
    torch.save({"state_dict": classifier.state_dict()}, tmp_path / "m.pth")
    own = build_system("yolov5n", 1, backbone="mobilenetv3_small_050")
    start = start_from(own, ("a",), read_weights(str(tmp_path / "m.pth")))
    assert torch.equal(own.detector.backbone.features.body.conv_stem.weight, classifier.conv_stem.weight)
    assert start.text.startswith(" The backbone starts from ")


CLASSIFIERS = [
    ("retinanet_r18", {"width": 32, "depth": 0}, "torchvision", "resnet18"),
    ("retinanet_r50", {"width": 32, "depth": 0}, "torchvision", "resnet50"),
    ("fcos_r18", {"width": 32, "depth": 0}, "torchvision", "resnet18"),
    ("retinanet_r50", {"width": 32, "depth": 0}, "timm", "resnet50"),
    ("retinanet_r18", {"width": 32, "depth": 0, "backbone": "mobilenetv3_small_050"}, "timm", "mobilenetv3_small_050"),
    ("yolov8n", {"backbone": "resnet18"}, "timm", "resnet18"),
    ("ssd300_light", {"backbone": "mobilenetv3_small_050"}, "timm", "mobilenetv3_small_050"),
]


@pytest.mark.parametrize(("name", "options", "program", "classifier"), CLASSIFIERS)
def test_classifiers_of_torchvision_and_timm_are_starts(
    name: str, options: dict[str, Any], program: str, classifier: str, tmp_path: Path
) -> None:
    """The backbone finds the features of the classifier, and all else is as fresh as it was."""
    torch.manual_seed(3)
    theirs = timm.create_model(classifier) if program == "timm" else getattr(models, classifier)()
    path = tmp_path / ("w.safetensors" if program == "timm" else "w.pth")
    if program == "timm":
        save_file(theirs.state_dict(), path, metadata={"format": "pt"})
    else:
        torch.save(theirs.state_dict(), path)
    own = build_system(name, 2, **options)
    before = {key: value.clone() for key, value in own.detector.state_dict().items()}
    start = start_from(own, ("a", "b"), read_weights(str(path)))
    assert start.text.startswith(f" The backbone starts from {path}: ")
    assert start.beginning == "backbone"
    after = own.detector.state_dict()
    assert all(torch.equal(after[key], before[key]) for key in before if not key.startswith("backbone."))
    first = next(value for key, value in theirs.state_dict().items() if key.endswith("weight"))
    convolution = next(value for key, value in after.items() if key.startswith("backbone.") and key.endswith("weight"))
    assert torch.equal(convolution, first)


@pytest.mark.parametrize(("there", "here"), [("3", "2"), ("2", "3")])
@pytest.mark.parametrize("name", ["yolov5n", "yolov8n-seg", "retinanet_r18", "fcos_r18"])
def test_levels_keep_their_weights_where_a_finer_one_comes_in_or_goes(
    name: str, there: str, here: str, tmp_path: Path
) -> None:
    """Lists of levels count from the finest, so the same weights have other names."""
    last = "5" if name.startswith("yolo") else "7"
    source = _saved(tmp_path / "model.pt", name, ("a", "b"), **SYSTEMS[name], levels=f"{there}-{last}")
    own = build_system(name, 2, **SYSTEMS[name], levels=f"{here}-{last}")
    start_from(own, ("a", "b"), read_weights(str(tmp_path / "model.pt")))
    shift = int(there) - int(here)  # of a level in the lists of its own network
    for place in (
        "head.predictors",
        "head.class_branches",
        "mask_head.coefficient_branches",
        "neck.bottom_up",
        "neck.lateral",
    ):
        if any(key.startswith(place) for key in own.detector.state_dict()):
            old, new = source.detector.get_submodule(place), own.detector.get_submodule(place)
            for level in range(len(old)):
                if level + shift >= 0:
                    mine, given = new[level + shift].state_dict(), old[level].state_dict()
                    assert mine
                    assert all(torch.equal(mine[key], given[key]) for key in given), (place, level)
