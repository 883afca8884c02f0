"""A level of stride 4 beneath the usual ones."""

from pathlib import Path
from typing import Any

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.models.level_names import at_levels_of
from boxwright.structures import Assignment, Proposals, Targets
from boxwright.systems import System, build_system, load_model, save_model
from boxwright.systems.level_choice import chosen_strides

THREE, FOUR = (8, 16, 32), (4, 8, 16, 32)
FINER: dict[str, dict[str, Any]] = {
    "yolov5n": {"levels": "2-5"},
    "yolov8n": {"levels": "2-5"},
    "yolov8n-e2e": {"levels": "2-5"},
    "yolov8n-seg": {"levels": "2-5"},
    "retinanet_r18": {"levels": "2-7", "width": 32, "depth": 0, "anchor_scale": 1.0},
    "fcos_r18": {"levels": "2-7", "width": 32, "depth": 0},
}
SIDES = (4.5, 5.0, 6.0)


def _usual(name: str) -> dict[str, Any]:
    return {option: value for option, value in FINER[name].items() if option != "levels"}


def _assigned(system: System, side: float, offset: float) -> Assignment:
    """Of one object on a canvas of 64, where the network finds it everywhere as it is."""
    left, top = 20.0 + offset, 24.0 + offset  # not on the diagonal, where the centres of all levels lie
    box = torch.tensor([[left, top, left + side, top + side]])
    priors = system.prior_generator((64, 64), "cpu")
    targets = Targets.from_lists([box], [torch.zeros(1)])
    with torch.no_grad():
        predictions = system.detector.eval()(torch.zeros(1, 3, 64, 64))
    proposals = Proposals(predictions, priors, lambda *, codes, priors: box.expand(len(codes), 4))
    assignment: Assignment = system.criterion.assigner(priors, targets, proposals)
    return assignment


@pytest.mark.parametrize("side", SIDES)
def test_small_objects_get_positives_that_the_usual_levels_leave_them_without(side: float) -> None:
    """Where points must lie inside, as up to release 8.3: between those of stride 8, 6 pixels have none."""
    usual, finer = (build_system("yolov8n", 1, dialect="mid", levels=levels) for levels in ("3-5", "2-5"))
    offsets = [number + 0.25 for number in range(8)]
    without = [offset for offset in offsets if not len(_assigned(usual, side, offset).prior)]
    assert len(without) >= 2
    for offset in without:
        assert len(_assigned(finer, side, offset).prior) >= 1


@pytest.mark.parametrize("name", ["yolov5n", "yolov8n", "retinanet_r18", "fcos_r18"])
def test_small_objects_are_answered_at_stride_4(name: str) -> None:
    """Priors of stride 8 have to reach for them; the finer level answers."""
    usual, finer = (build_system(name, 1, **options) for options in (_usual(name), FINER[name]))
    priors = finer.prior_generator((64, 64), "cpu")
    for side in SIDES:
        own = _assigned(finer, side, 1.0)
        is_fine = priors.level[own.prior] == 0
        assert int(is_fine.sum()) >= 1
        if name != "yolov8n":  # which widens small objects to the next stride, and so reaches them with coarse points
            assert len(own.prior) > len(_assigned(usual, side, 1.0).prior)


@pytest.mark.parametrize("name", FINER)
def test_a_finer_level_trains_and_comes_back_from_its_file(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    system = build_system(name, 2, **FINER[name])
    usual = build_system(name, 2, **_usual(name))
    assert system.max_stride == usual.max_stride
    priors = system.prior_generator((64, 96), "cpu")
    assert [grid.stride for grid in priors.grids] == [
        4,
        *(grid.stride for grid in usual.prior_generator((64, 96), "cpu").grids),
    ]
    predictions = system.detector(torch.rand(2, 3, 64, 96))
    assert predictions.num_priors == len(priors)
    assert [block.shape[3:] for block in predictions.box_codes] == [(grid.height, grid.width) for grid in priors.grids]
    further = [block for blocks in predictions.further.values() for block in blocks]
    blocks = (*predictions.box_codes, *predictions.class_logits, *further)
    sum(block.square().mean() for block in blocks).backward()
    head, neck = system.detector.head.parameters(), system.detector.neck.parameters()
    assert all(value.grad is not None for value in (*head, *neck))
    save_model(tmp_path / "m.safetensors", system, categories=["a", "b"], canvas_size=(64, 96), config={})
    loaded, card = load_model(tmp_path / "m.safetensors")
    assert card.options["levels"] == FINER[name]["levels"]
    assert loaded.prior_generator == system.prior_generator
    images = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        one, other = loaded.detector(images), system.detector.eval()(images)
    assert all(torch.equal(*pair) for pair in zip(one.class_logits, other.class_logits, strict=True))


@pytest.mark.parametrize("name", FINER)
def test_the_shapes_of_the_usual_levels_stay(name: str) -> None:
    """So that a model without the finer level can be taken up."""
    with torch.device("meta"):
        usual = build_system(name, 2, **_usual(name)).detector.state_dict()
        finer = build_system(name, 2, **FINER[name]).detector.state_dict()
    assert sorted(tuple(value.shape) for value in usual.values()) != sorted(
        tuple(value.shape) for value in finer.values()
    )
    assert len(finer) > len(usual)
    for there, strides, wanted, here in ((usual, THREE, FOUR, finer), (finer, FOUR, THREE, usual)):
        moved = at_levels_of(there, strides, wanted)
        taken = {key for key, value in moved.items() if key in here and here[key].shape == value.shape}
        assert len(taken) == len(usual)  # each in the place of its own stride, or its shape would be another


@pytest.mark.parametrize("name", ["yolov5n", "yolov8n", "retinanet_r18", "fcos_r18"])
def test_networks_of_timm_have_it_too(name: str) -> None:
    system = build_system(name, 2, **FINER[name], backbone="mobilenetv3_small_050")
    assert system.detector.backbone.strides == (4, 8, 16, 32)
    found = system.detector(torch.rand(2, 3, 64, 64))
    assert found.num_priors == len(system.prior_generator((64, 64), "cpu"))


def test_prototypes_keep_their_resolution() -> None:
    masks = build_system("yolov8n-seg", 2, levels="2-5").detector(torch.rand(2, 3, 64, 64)).masks
    assert masks is not None
    assert masks.prototypes.shape[2:] == (16, 16)
    assert [block.shape[3] for block in masks.coefficients] == [16, 8, 4, 2]


@pytest.mark.parametrize(
    ("usual", "levels", "strides"),
    [
        ("3-5", "3-5", (8, 16, 32)),
        ("3-5", "2-5", (4, 8, 16, 32)),
        ("3-7", "2-7", (4, 8, 16, 32, 64, 128)),
    ],
)
def test_levels_are_powers_of_two(usual: str, levels: str, strides: tuple[int, ...]) -> None:
    assert chosen_strides("yolov8n", levels, usual) == strides


@pytest.mark.parametrize(("levels", "strides"), [("2-5", (4, 8, 16, 32)), ("3-6", (8, 16, 32, 64))])
def test_a_pyramid_may_end_with_the_backbone(levels: str, strides: tuple[int, ...]) -> None:
    system = build_system("retinanet_r18", 2, levels=levels, width=32, depth=0)
    priors = system.prior_generator((64, 96), "cpu")
    assert tuple(grid.stride for grid in priors.grids) == strides
    assert system.detector(torch.rand(2, 3, 64, 96)).num_priors == len(priors)
    with pytest.raises(ConfigError, match=r"retinanet_r18 has 3-7, or 2-7 .* beneath; 3-5, 2-5, 3-6, 2-6 end earlier"):
        build_system("retinanet_r18", 2, levels="2-8")


@pytest.mark.parametrize("levels", ["2-7", "1-5", "", "3"])
def test_other_levels_are_refused(levels: str) -> None:
    with pytest.raises(ConfigError, match=r"levels: yolov8n has 3-5, or 2-5 with one of stride 4 beneath; found"):
        build_system("yolov8n", 1, levels=levels)


@pytest.mark.parametrize("name", ["ssd_tiny", "ssd300", "ssd300_light"])
def test_what_has_levels_of_its_own_says_so(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"levels: those of {name} are cut out for its canvas"):
        build_system(name, 1, levels="2-5")
