"""The training step against a plain torch loop."""

import math
from pathlib import Path

import lightning
import pytest
import torch
from torch.nn.utils import clip_grad_norm_

from boxwright.data import AugmentationSettings, Loader, evaluation_loader, open_dataset, training_loader
from boxwright.run_files.narration import narration
from boxwright.settings.options import AugmentationOptions, OptimizationOptions, resolve_recipe
from boxwright.systems import Recipe, System, build_system
from boxwright.training.ema import WeightAverage
from boxwright.training.module import TrainingModule
from boxwright.training.optimization import apply_settings, build_optimizer, scaled_weight_decay, schedule_of

EPOCHS, BATCH, CANVAS = 2, 2, (64, 64)
RECIPE = Recipe(lr=0.01, nominal_batch=6, warmup_epochs=1.0, ema_tau=3.0, clip_norm=5.0)  # 3 batches per step


def _loader(data: Path) -> Loader:
    return training_loader(open_dataset(data, "train"), CANVAS, BATCH, AugmentationSettings(), epochs=EPOCHS)


def _system(name: str = "yolov8n") -> System:
    torch.manual_seed(0)
    return build_system(name, 2, **({"width": 32, "depth": 0} if name.startswith("retinanet") else {}))


def _plain_loop(data: Path, name: str) -> WeightAverage:
    """Trains with nothing but torch: gradients are summed, also over what is left at the end of an epoch.

    Losses that are means already (RetinaNet) are averaged over the batches of a step.
    """
    system, loader = _system(name), _loader(data)
    detector = system.detector.train().to(memory_format=torch.channels_last)
    schedule = schedule_of(RECIPE, EPOCHS, len(loader), BATCH)
    decay = scaled_weight_decay(RECIPE.weight_decay, BATCH, 3, 6)
    optimizer = build_optimizer(detector, "sgd", lr=0.01, momentum=RECIPE.momentum, weight_decay=decay)
    values = [value for group in optimizer.param_groups for value in group["params"]]  # the order of a sum of floats
    average = WeightAverage(detector, RECIPE.ema_decay, RECIPE.ema_tau)
    priors, iteration, held = system.prior_generator(CANVAS, "cpu"), 0, 0
    for epoch in range(EPOCHS):
        loader.set_epoch(epoch)
        for number, batch in enumerate(loader, 1):
            images = system.normalization(batch.images.contiguous(memory_format=torch.channels_last))
            settings, held = schedule.at(iteration), held + 1
            share = 1 if name == "yolov8n" else settings.accumulate
            (sum(system.criterion(detector(images), priors, batch.targets).values()) / share).backward()
            iteration += 1
            if held >= settings.accumulate or number == len(loader):
                clip_grad_norm_(values, RECIPE.clip_norm)
                apply_settings(optimizer.param_groups, settings)
                optimizer.step()
                optimizer.zero_grad()
                average.update(detector)
                held = 0
    return average


@pytest.mark.parametrize("name", ["yolov8n", "retinanet_r18"])
def test_it_equals_a_plain_loop(name: str, tiny_data: Path, tmp_path: Path) -> None:
    loader, val = _loader(tiny_data), open_dataset(tiny_data, "val")
    module = TrainingModule(
        _system(name), RECIPE, val, epochs=EPOCHS, batches_per_epoch=len(loader), batch_size=BATCH, canvas_size=CANVAS
    )
    with narration(tmp_path / "log.txt"):
        trainer = lightning.Trainer(
            accelerator="cpu",
            max_epochs=EPOCHS,
            num_sanity_val_steps=0,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(module, loader, evaluation_loader(val, CANVAS, BATCH))
    expected = _plain_loop(tiny_data, name)
    assert module.average.updates == expected.updates
    own, other = module.average.model.state_dict(), expected.model.state_dict()
    if name == "yolov8n":
        assert all(torch.equal(own[part], other[part]) for part in other)
    for part in other:  # a factor of the losses would show in the third digit
        torch.testing.assert_close(own[part], other[part], rtol=1e-5, atol=1e-6)
    assert module.report is not None
    assert module.report.num_images == 3
    assert module.score == module.report.ap


@pytest.mark.parametrize(("batch", "accumulate"), [(16, 4), (64, 1)])
def test_the_schedule_of_a_recipe(batch: int, accumulate: int) -> None:
    schedule = schedule_of(Recipe(warmup_epochs=3.0), 100, 50, batch)
    assert (schedule.iterations, schedule.warmup, schedule.accumulate) == (5000, 150, accumulate)
    assert math.isclose(schedule.at(5000).lr, 0.0001)


@pytest.mark.parametrize(
    "name", ["yolov8n", "yolov5n", "yolov8n-seg", "ssd_tiny", "ssd300_light", "retinanet_r18", "fcos_r18"]
)
def test_one_rule_for_the_warm_up_of_every_system(name: str) -> None:
    """What is set wins over the recipe, and no epochs are no warm-up."""

    with torch.device("meta"):
        own = build_system(name, 2).recipe

    def warmup(batches_per_epoch: int, **given: float) -> int:
        recipe = resolve_recipe(own, OptimizationOptions(**given), AugmentationOptions())
        return schedule_of(recipe, 100, batches_per_epoch, 16).warmup

    least = 100 if name.startswith("yolo") else 500
    assert warmup(20) == least
    assert warmup(20, warmup_epochs=0.0) == 0
    assert warmup(20, warmup_epochs=0.0, warmup_min_batches=50) == 0
    assert warmup(20, warmup_epochs=40.0) == 800
    assert warmup(20, warmup_epochs=0.5, warmup_min_batches=7) == 10
    assert warmup(8, warmup_epochs=90.0) == 400, "half of the training"


def test_the_last_batch_may_have_one_image_on_a_canvas_of_one_cell(tiny_data: Path) -> None:
    canvas = (32, 32)
    dataset = open_dataset(tiny_data, "train")
    module = TrainingModule(_system(), RECIPE, dataset, epochs=1, batches_per_epoch=1, batch_size=1, canvas_size=canvas)
    module.on_train_epoch_start()
    batch = next(iter(training_loader(dataset, canvas, 1, AugmentationSettings(), epochs=1)))
    losses = module._run(batch, 0).losses
    assert all(bool(loss.isfinite()) for loss in losses.values())
