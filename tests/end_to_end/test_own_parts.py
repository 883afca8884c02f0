"""Parts from outside the package are trained, saved, resumed and explained like ours."""

import inspect as python_inspect
from dataclasses import replace
from pathlib import Path

import lightning
import pytest
import torch
from tests.end_to_end.own_parts import ATSS, MeanCriterion, WiseIoU

from boxwright.assigners import Assigner
from boxwright.criterion import BoxRegressionTerm, Criterion, CriterionLike
from boxwright.data import AugmentationSettings, Dataset, Loader, open_dataset, training_loader
from boxwright.data.loading.kept_images import KeptImages
from boxwright.inspection import diagnose, inspect, rank_objects
from boxwright.losses import BoxLoss
from boxwright.run_files.narration import narration
from boxwright.run_files.run_directory import RunDirectory
from boxwright.systems import System, build_system
from boxwright.training.module import TrainingModule
from boxwright.training.object_log import ObjectRecord

NUCLEI, CANVAS = Path(__file__).parent / "nuclei", (64, 64)
SYSTEMS = {"retinanet_r18": {"width": 32, "depth": 0}, "yolov8n": {}}


def own_system(name: str) -> System:
    """Exchanges assigner and box loss; everything else stays."""
    torch.manual_seed(0)
    system = build_system(name, 1, **SYSTEMS[name])  # type: ignore[arg-type]
    criterion = system.criterion
    reducer = criterion.terms[0].reducer  # type: ignore[attr-defined]
    box = BoxRegressionTerm(criterion.decode, loss=WiseIoU(), reducer=reducer, gain=2.0)
    others = tuple(term for term in criterion.terms if term.name != "box")
    return replace(system, criterion=replace(criterion, assigner=ATSS(), terms=(box, *others)))


def wise(criterion: Criterion) -> WiseIoU:
    loss = criterion.terms[0].loss  # type: ignore[attr-defined]
    assert isinstance(loss, WiseIoU)
    return loss


def data() -> Dataset:
    return KeptImages(open_dataset(NUCLEI, "train"), [0, 1, 2, 3])


def module_of(system: System, loader: Loader, *, attributes: bool = True) -> TrainingModule:
    return TrainingModule(
        system,
        replace(system.recipe, nominal_batch=2),
        data(),
        epochs=2,
        batches_per_epoch=len(loader),
        batch_size=2,
        canvas_size=CANVAS,
        attributes=attributes,
    )


def trainer_of(epochs: int, folder: Path, *, objects: bool = True) -> lightning.Trainer:
    return lightning.Trainer(
        accelerator="cpu",
        max_epochs=epochs,
        logger=False,
        callbacks=[ObjectRecord(RunDirectory(folder), data(), "csv")] if objects else [],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )


def plain_loader() -> Loader:
    return training_loader(
        data(), CANVAS, 2, AugmentationSettings(mosaic=0.0, translate=0.0, scale=0.0, close_mosaic_epochs=0), epochs=2
    )


def with_own_criterion(name: str) -> System:
    """Exchanges the whole criterion."""
    torch.manual_seed(0)
    system = build_system(name, 1, **SYSTEMS[name])  # type: ignore[arg-type]
    return replace(system, criterion=MeanCriterion(system.criterion.decode))


def test_they_are_as_short_as_promised() -> None:
    for part, most in ((ATSS, 30), (WiseIoU, 20), (MeanCriterion, 15)):
        lines = [line for line in python_inspect.getsource(part).splitlines() if line.strip(" ") and '"""' not in line]
        assert len(lines) <= most, f"{part.__name__} has {len(lines)} lines"
    assert isinstance(ATSS(), Assigner)
    assert isinstance(WiseIoU(), BoxLoss)
    assert isinstance(with_own_criterion("yolov8n").criterion, CriterionLike)


@pytest.mark.filterwarnings("ignore:You defined a `validation_step`")
@pytest.mark.parametrize("name", SYSTEMS)
def test_a_criterion_is_trained_saved_resumed_and_explained(name: str, tmp_path: Path) -> None:
    loader, first = plain_loader(), with_own_criterion(name)
    module, start = module_of(first, loader, attributes=False), [*map(torch.clone, first.detector.parameters())]
    with narration(tmp_path / "log.txt"):
        trainer = trainer_of(1, tmp_path / "first", objects=False)
        trainer.fit(module, loader)
        trainer.save_checkpoint(tmp_path / "one.ckpt")
    assert any(not torch.equal(old, new) for old, new in zip(start, first.detector.parameters(), strict=True))
    assert set(module.mean_losses()) == {"box", "class"}
    resumed = with_own_criterion(name)
    with narration(tmp_path / "log.txt"):
        resumed_module = module_of(resumed, loader, attributes=False)
        trainer_of(1, tmp_path / "second", objects=False).fit(resumed_module, loader, ckpt_path=tmp_path / "one.ckpt")
    assert resumed.criterion.loss.mean == first.criterion.loss.mean != 1  # type: ignore[attr-defined]
    inspection = inspect(data(), first, images=2, canvas=CANVAS)
    assert all(len(image.explanations[0].after) for image in inspection.images)
    (found,) = diagnose(data(), first, canvas=CANVAS, advice=False).systems
    assert found.name == name


@pytest.mark.filterwarnings("ignore:You defined a `validation_step`")
@pytest.mark.parametrize("name", SYSTEMS)
def test_they_are_trained_saved_and_resumed(name: str, tmp_path: Path) -> None:
    loader, first = plain_loader(), own_system(name)
    module, start = module_of(first, loader), [value.clone() for value in first.detector.parameters()]
    with narration(tmp_path / "log.txt"):
        trainer = trainer_of(1, tmp_path / "first")
        trainer.fit(module, loader)
        trainer.save_checkpoint(tmp_path / "one.ckpt")
    assert any(not torch.equal(old, new) for old, new in zip(start, first.detector.parameters(), strict=True))
    assert all(torch.tensor(loss).isfinite() for loss in module.mean_losses().values())
    mean = wise(first.criterion).mean
    assert mean != 1
    resumed = own_system(name)
    assert wise(resumed.criterion).mean == 1
    with narration(tmp_path / "log.txt"):
        trainer_of(1, tmp_path / "second").fit(module_of(resumed, loader), loader, ckpt_path=tmp_path / "one.ckpt")
    assert wise(resumed.criterion).mean == mean


@pytest.mark.filterwarnings("ignore:You defined a `validation_step`")
@pytest.mark.parametrize("name", SYSTEMS)
def test_they_appear_in_the_losses_per_object(name: str, tmp_path: Path) -> None:
    loader, run = plain_loader(), RunDirectory(tmp_path / "run")
    with narration(tmp_path / "log.txt"):
        trainer_of(2, tmp_path / "run").fit(module_of(own_system(name), loader), loader)
    ranked = rank_objects(next(iter(run.objects.glob("*.csv"))), by="box")
    wanted = sum(len(data().truth(position).labels) for position in range(4))
    assert wanted - 2 <= len(ranked) <= wanted  # what shrinks to nothing on the canvas is left out
    assert all(entry.quality >= 0 for entry in ranked)


@pytest.mark.parametrize("name", SYSTEMS)
def test_they_appear_in_the_inspector_and_the_diagnosis(name: str) -> None:
    system = own_system(name)
    inspection = inspect(data(), system, images=2, canvas=CANVAS)
    pairs = [len(image.explanations[0].after) for image in inspection.images]
    assert all(pairs)
    diagnosis = diagnose(data(), system, canvas=CANVAS, advice=False)
    (found,) = diagnosis.systems
    assert found.name == name
    assert found.everything.targets == sum(len(data().truth(position).labels) for position in range(4))


def test_a_loss_with_a_state_moves_after_a_step_only() -> None:
    system = own_system("yolov8n")
    loader = plain_loader()
    batch = next(iter(loader))
    priors = system.prior_generator(CANVAS, "cpu")
    system.detector.train()
    predictions = system.detector(system.normalization(batch.images))
    first = system.criterion(predictions, priors, batch.targets)
    assert torch.equal(first["box"], system.criterion(predictions, priors, batch.targets)["box"])
    system.criterion.after_step()
    assert not torch.equal(first["box"], system.criterion(predictions, priors, batch.targets)["box"])
    assert set(system.criterion.state_dict()) == {"box"}
