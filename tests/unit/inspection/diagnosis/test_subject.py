from pathlib import Path

import pytest
import torch

from boxwright.assigners import AtssAssigner, FcosAssigner
from boxwright.errors import ConfigError, DataError
from boxwright.inspection.diagnosis.subject import Subject, plan_subjects
from boxwright.systems import build_system, load_model, save_model, with_parts


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run") / "model.pt"
    system = build_system("yolov8n", 2, dialect="mid")
    save_model(path, system, categories=("a", "b"), canvas_size=(64, 96), config={})
    return path


def test_a_seed_decides_the_weights_and_nothing_else_does() -> None:
    state = torch.random.get_rng_state()
    first = Subject("yolov8n", (64, 64)).build(2).detector.state_dict()
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.rand(3)
    again = Subject("yolov8n", (96, 96), {"guarantee": True}).build(2).detector.state_dict()
    other = Subject("yolov8n", (64, 64), seed=1).build(2).detector.state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_canvas_title_and_options() -> None:
    subject = Subject("yolov8n", (64, 96), {"dialect": "mid"})
    assert (subject.title, subject.option("dialect"), subject.option("guarantee")) == (
        "yolov8n @ 64 × 96",
        "mid",
        False,
    )
    assert subject.option("anchors") is None
    assert subject.with_options(guarantee=True).options == {"dialect": "mid", "guarantee": True}
    with pytest.raises(ConfigError, match="multiples of 32"):
        Subject("yolov8n", (60, 64)).build(1)


def test_without_weights_it_costs_nothing() -> None:
    system = Subject("ssd_tiny", (224, 224)).build(3, has_weights=False)
    assert all(value.is_meta for value in system.detector.parameters())
    assert len(system.prior_generator((224, 224), "cpu")) == 441


def test_fields_of_the_assigner_are_exchanged() -> None:
    system = Subject("retinanet_r18", (64, 64), assigner={"positive": 0.4, "negative": 0.3}).build(1, has_weights=False)
    assert system.criterion.assigner.positive == 0.4  # type: ignore[attr-defined]


def test_a_checkpoint_gives_weights_options_and_canvas(checkpoint: Path) -> None:
    (subject,) = plan_subjects([], None, checkpoint, {"guarantee": True}, 0)
    assert (subject.name, subject.canvas_size, subject.weights) == ("yolov8n", (64, 96), str(checkpoint))
    assert (subject.option("dialect"), subject.option("guarantee")) == ("mid", True)
    trained = load_model(checkpoint)[0].detector.state_dict()
    built = subject.build(2).detector.state_dict()
    assert all(torch.equal(built[name], value) for name, value in trained.items())


def test_weights_that_do_not_fit_the_options(checkpoint: Path) -> None:
    (subject,) = plan_subjects([], None, checkpoint, {"reg_max": 8}, 0)
    with pytest.raises(DataError, match="shape"):
        subject.build(2)


def test_only_the_system_of_the_checkpoint_has_its_weights(checkpoint: Path) -> None:
    fresh, trained = plan_subjects(["ssd_tiny", "yolov8n", "ssd_tiny"], None, checkpoint, {}, 0)
    assert (fresh.checkpoint, fresh.canvas_size) == (None, (224, 224))
    assert (trained.checkpoint, trained.canvas_size) == (checkpoint, (64, 96))
    with pytest.raises(ConfigError, match="is a yolov8n, but the systems are ssd_tiny"):
        plan_subjects(["ssd_tiny"], None, checkpoint, {}, 0)


def test_without_anything_it_is_yolov8n() -> None:
    (subject,) = plan_subjects([], (64, 96), None, {}, 3)
    assert (subject.name, subject.canvas_size, subject.seed, subject.weights) == (
        "yolov8n",
        (64, 96),
        3,
        "new, seed 3",
    )
    with pytest.raises(ConfigError, match="yolov8n"):
        plan_subjects(["yolov8nn"], None, None, {}, 0)


def test_parts_stand_behind_a_colon() -> None:
    subjects = plan_subjects(["yolov8n", "yolov8n:assigner=atss,assigner.nearest=5"], 64, None, {}, 0)
    assert [subject.title for subject in subjects] == ["yolov8n @ 64", "yolov8n:assigner=atss,assigner.nearest=5 @ 64"]
    assert subjects[0].option("guarantee") is False
    assert subjects[1].option("guarantee") is None, "it would change nothing"
    assert subjects[1].build(2, has_weights=False).criterion.assigner == AtssAssigner(nearest=5)
    with pytest.raises(ConfigError, match="does not fit yolov8n"):
        Subject("yolov8n", (64, 64), parts={"sampler": "hard_negatives"}).build(1)


def test_a_checkpoint_brings_its_parts(tmp_path: Path) -> None:
    system = with_parts(build_system("yolov8n", 2), {"assigner": "fcos"})
    save_model(tmp_path / "model.safetensors", system, categories=("a", "b"), canvas_size=(64, 64), config={})
    (subject,) = plan_subjects((), None, tmp_path / "model.safetensors", {}, 0)
    assert subject.build(2, has_weights=False).criterion.assigner == FcosAssigner()
    (other,) = plan_subjects("yolov8n:assigner=atss", None, tmp_path / "model.safetensors", {}, 0)
    assert other.build(2).criterion.assigner == AtssAssigner()
