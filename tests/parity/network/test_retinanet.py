"""RetinaNet with reproducible weights against recorded outputs of torchvision, and against torchvision itself."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.models import detection

from boxwright.errors import DataError
from boxwright.models import load_torchvision_retinanet
from boxwright.postprocessing import sigmoid_scores
from boxwright.structures import ImageOrigin, Predictions, Priors
from boxwright.systems import System, build_system
from tests.parity.golden.network import recipe

GOLDEN = Path(recipe.__file__).parent
SEED, GAIN, NUM_CLASSES, CANVAS = 4, 0.73, 5, (96, 128)
# of torchvision's first version, whose files have other names in head and pyramid
OLD_NAMES = {
    r"backbone.fpn.inner_blocks.0.0.bias": "backbone.fpn.inner_blocks.0.bias",
    r"backbone.fpn.layer_blocks.2.0.weight": "backbone.fpn.layer_blocks.2.weight",
    **{
        f"head.{head}_head.conv.{number}.0.{kind}": f"head.{head}_head.conv.{2 * number}.{kind}"
        for head in ("classification", "regression")
        for number in range(4)
        for kind in ("weight", "bias")
    },
}


def rows(blocks: tuple[Tensor, ...]) -> np.ndarray:
    return torch.cat([block.permute(0, 3, 4, 1, 2).flatten(1, 3) for block in blocks], dim=1).numpy()


def all_pairs(batch: int, priors: Priors) -> tuple[Tensor, Tensor]:
    return torch.arange(batch).repeat_interleave(len(priors)), torch.arange(len(priors)).repeat(batch)


@pytest.fixture(scope="module")
def published() -> dict[str, Tensor]:
    listed = json.loads((GOLDEN / "retinanet_resnet50_fpn.tensors.json").read_text())
    state = recipe.build_state([row[:3] for row in listed["tensors"]], SEED, listed["constants"], GAIN)
    for name, _, _, *expected in listed["tensors"]:
        np.testing.assert_allclose(recipe.checksum(state[name]), expected, rtol=1e-9, atol=1e-6, err_msg=name)
    return {name: torch.from_numpy(np.asarray(values)) for name, values in state.items()}


@pytest.fixture(scope="module")
def golden() -> Mapping[str, np.ndarray]:
    with np.load(GOLDEN / "retinanet_resnet50_fpn.npz", allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


@pytest.fixture(scope="module")
def system(published: dict[str, Tensor]) -> System:
    built = build_system("retinanet_r50", NUM_CLASSES, dialect="torchvision", head_norms=False)
    load_torchvision_retinanet(built.detector, published)
    built.detector.eval()
    return built


@pytest.fixture(scope="module")
def predictions(system: System, golden: Mapping[str, np.ndarray]) -> Predictions:
    with torch.no_grad():
        return system.detector(torch.from_numpy(golden["input"]))


@pytest.mark.parametrize(("recorded", "blocks"), [("cls_logits", "class_logits"), ("box_deltas", "box_codes")])
def test_raw_head_outputs(
    recorded: str, blocks: str, predictions: Predictions, golden: Mapping[str, np.ndarray]
) -> None:
    expected = golden[recorded]
    np.testing.assert_allclose(rows(getattr(predictions, blocks)), expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def test_features_of_every_stage(system: System, golden: Mapping[str, np.ndarray]) -> None:
    with torch.no_grad():
        stages = system.detector.backbone(torch.from_numpy(golden["input"]))
        levels = system.detector.neck(stages)
    found = [[float(block.double().mean()), float(block.double().std())] for block in (*levels, *stages)]
    np.testing.assert_allclose(np.array(found), golden["stage_stats"][:, :2], rtol=1e-4, atol=1e-5)


def test_anchors_and_decoded_boxes(system: System, predictions: Predictions, golden: Mapping[str, np.ndarray]) -> None:
    priors = system.prior_generator(CANVAS, "cpu")
    image, prior = all_pairs(2, priors)
    codes = predictions.box_codes_at(image, prior)
    found = system.postprocessor.coder.decode(codes=codes, priors=priors.rows(prior)).unflatten(0, (2, -1)).numpy()
    centre, size = priors.boxes.split(2, dim=1)
    np.testing.assert_array_equal(torch.cat((centre - size / 2, centre + size / 2), 1).numpy(), golden["anchors"])
    np.testing.assert_allclose(found, golden["boxes"], rtol=1e-4, atol=1e-2)


def test_scores(predictions: Predictions, golden: Mapping[str, np.ndarray]) -> None:
    found = rows(tuple(sigmoid_scores(logits) for logits in predictions.class_logits))
    np.testing.assert_allclose(found, golden["scores"], rtol=0, atol=1e-4)


@torch.no_grad()
def random_torchvision(build: str, images: Tensor) -> nn.Module:
    """Gives torchvision's detector with random weights, whose outputs spread by 1.5 (classes) and 0.25 (boxes)."""
    torch.manual_seed(3)
    model = getattr(detection, build)(weights=None, weights_backbone=None, num_classes=4).eval()
    for value in model.head.parameters():
        if value.ndim == 4:
            nn.init.kaiming_normal_(value)
    found = model.head(list(model.backbone(images).values()))
    model.head.classification_head.cls_logits.weight.mul_(1.5 / found["cls_logits"].std())
    model.head.regression_head.bbox_reg.weight.mul_(0.25 / found["bbox_regression"].std())
    return model


@pytest.mark.parametrize(
    ("build", "options"),
    [
        ("retinanet_resnet50_fpn", {"dialect": "torchvision", "head_norms": False}),
        ("retinanet_resnet50_fpn_v2", {"dialect": "torchvision_v2", "head_norms": True}),
    ],
)
@pytest.mark.parametrize(("canvas", "most"), [((128, 128), 300), ((96, 160), 40)])
def test_the_whole_way_from_pixels_to_detections_is_torchvisions(
    build: str, options: dict[str, object], canvas: tuple[int, int], most: int
) -> None:
    images = torch.rand(2, 3, *canvas, generator=torch.Generator().manual_seed(1)) * 2 - 1
    model = random_torchvision(build, images)
    model.detections_per_img, model.topk_candidates = most, 200
    system = build_system("retinanet_r50", 4, **options)
    load_torchvision_retinanet(system.detector, model.state_dict())
    with torch.no_grad():
        found = system.detector.eval()(images)
        features = list(model.backbone(images).values())
        expected = model.head(features)
    np.testing.assert_allclose(rows(found.class_logits), expected["cls_logits"].numpy(), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(rows(found.box_codes), expected["bbox_regression"].numpy(), rtol=1e-4, atol=1e-4)

    shapes = detection.image_list.ImageList(images, [canvas] * 2)
    anchors = model.anchor_generator(shapes, features)
    counts = [level.shape[2] * level.shape[3] * 9 for level in features]
    split = {name: list(value.split(counts, dim=1)) for name, value in expected.items()}
    theirs = model.postprocess_detections(split, [list(each.split(counts)) for each in anchors], [canvas] * 2)
    postprocessor = replace(system.postprocessor, max_detections=most, candidates_per_level=200)
    origins = [ImageOrigin(index, None, canvas) for index in range(2)]
    ours = postprocessor(found, system.prior_generator(canvas, "cpu"), origins)
    for one, other in zip(ours, theirs, strict=True):
        assert len(one) == len(other["scores"]) >= 40
        np.testing.assert_allclose(one.scores.numpy(), other["scores"].numpy(), rtol=1e-4)
        np.testing.assert_array_equal(one.labels.numpy(), other["labels"].numpy())
        np.testing.assert_allclose(one.boxes.numpy(), other["boxes"].numpy(), rtol=1e-4, atol=1e-2)


def test_every_published_tensor_has_a_place(published: dict[str, Tensor], system: System) -> None:
    assert len(system.detector.state_dict()) == len(published)
    assert sum(parameter.numel() for parameter in system.detector.parameters()) == 32_284_049


def test_files_of_the_first_version_have_other_names_and_no_counters(published: dict[str, Tensor]) -> None:
    """So is the file that torchvision offers for download: its norms were frozen."""
    old = {OLD_NAMES.get(name, name): value for name, value in published.items() if "num_batches" not in name}
    built = build_system("retinanet_r50", NUM_CLASSES, dialect="torchvision", head_norms=False).detector
    load_torchvision_retinanet(built, old)
    own = built.state_dict()
    for number in range(4):
        name = f"head.regression_head.conv.{number}.0.weight"
        assert torch.equal(own[f"head.box_tower.{number}.0.weight"], published[name])
    assert torch.equal(own["neck.lateral.0.bias"], published["backbone.fpn.inner_blocks.0.0.bias"])
    assert int(own["backbone.stem.1.num_batches_tracked"]) == 0


def test_weights_of_another_class_count_do_not_fit(published: dict[str, Tensor]) -> None:
    with torch.device("meta"):
        other = build_system("retinanet_r50", NUM_CLASSES + 1, dialect="torchvision", head_norms=False).detector
    with pytest.raises(DataError, match=r"2 of another shape: .*head\.class_predictor\.bias \(45,\) instead"):
        load_torchvision_retinanet(other, published)
