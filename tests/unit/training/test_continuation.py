"""Going on with a run."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch

from boxwright.errors import ConfigError, DataError
from boxwright.run_files.run_config import write_settings
from boxwright.run_files.run_directory import RunDirectory
from boxwright.settings.options import options_of
from boxwright.settings.training import GROUPS, TrainingSettings
from boxwright.systems import build_system, save_model
from boxwright.training.continuation import FREE_SETTINGS, continue_run, require_same_classes

SYSTEM = build_system("yolov8n", 2)
OPTIMIZATION, AUGMENTATION = options_of(dataclasses.replace(SYSTEM.recipe, clip_norm=3.0))
SETTINGS = TrainingSettings(
    data="x",
    epochs=7,
    canvas=320,
    batch_size=2,
    seed=5,
    patience=3,
    freeze="backbone",
    precision="bf16",
    system_options={**SYSTEM.options, "guarantee": True},
    optimization=OPTIMIZATION,
    class_weights="balanced",
    augmentation=AUGMENTATION,
    devices=2,
    workers=1,
    cache="ram",
)


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return _made(tmp_path / "run")


def _made(path: Path, settings: TrainingSettings = SETTINGS) -> RunDirectory:
    made = RunDirectory(path)
    made.last_checkpoint.parent.mkdir(parents=True)
    write_settings(settings, made.config)
    torch.save({"epoch": 2, "callbacks": {"CheckpointKeeper": {"is_finished": False}}}, made.last_checkpoint)
    save_model(made.last_model, SYSTEM, categories=("a", "b"), canvas_size=(320, 320), config={})
    return made


def _asked(run: RunDirectory, **given: Any) -> dict[str, Any]:
    return {"resume": str(run.path), **given}


def test_the_settings_of_the_run_count(run: RunDirectory) -> None:
    settings, continuation = continue_run(_asked(run))
    assert settings == SETTINGS
    assert (continuation.run, continuation.checkpoint) == (run, run.last_checkpoint)
    assert (continuation.epochs_done, continuation.is_finished) == (3, False)
    assert continuation.text() == f"{run.path} goes on after epoch 3."


def test_it_may_compute_elsewhere(run: RunDirectory) -> None:
    settings, continuation = continue_run(_asked(run, data="moved", workers=None, cache=None, devices="auto"))
    assert settings == dataclasses.replace(SETTINGS, data="moved", workers=None, cache=None, devices="auto")
    assert continuation.text().endswith(
        "with data = moved in place of x, workers = None in place of 1, cache = None in place of ram, "
        "devices = auto in place of 2."
    )


def test_it_may_not_become_another_training(run: RunDirectory) -> None:
    with pytest.raises(
        ConfigError,
        match=r"with epochs = 7; found 6.* start a new run with --weights.*--epochs N with N above 7",
    ):
        continue_run(_asked(run, epochs=6))


@pytest.mark.parametrize("is_finished", [False, True])
def test_it_may_get_more_epochs(run: RunDirectory, is_finished: bool) -> None:
    state = {"epoch": 2, "callbacks": {"CheckpointKeeper": {"is_finished": is_finished}}}
    torch.save(state, run.last_checkpoint)
    settings, continuation = continue_run(_asked(run, epochs=9, workers=0))
    assert settings == dataclasses.replace(SETTINGS, epochs=9, workers=0)
    assert (continuation.is_longer, continuation.is_finished) == (True, False)
    assert "goes on after epoch 3, with epochs = 9 in place of 7" in continuation.text()
    with pytest.raises(ConfigError, match=r"seed = 5; found 6"):
        continue_run(_asked(run, epochs=9, seed=6))


def test_it_goes_on_in_the_middle_of_an_epoch(run: RunDirectory) -> None:
    state = torch.load(run.last_checkpoint, weights_only=True) | {"epochs_done": 2, "batches_done": 17}
    torch.save(state, run.last_checkpoint)
    _, continuation = continue_run(_asked(run))
    assert (continuation.epochs_done, continuation.batches_done) == (2, 17)
    assert continuation.text() == f"{run.path} goes on in epoch 3 after 17 batches."


def test_a_run_that_had_ended_says_how_to_train_longer(run: RunDirectory) -> None:
    torch.save({"epoch": 4, "callbacks": {"CheckpointKeeper": {"is_finished": True}}}, run.last_checkpoint)
    for given in ({}, {"epochs": 7}):
        _, continuation = continue_run(_asked(run, **given))
        assert continuation.is_finished
        assert "had ended after epoch 5; its best weights are measured again" in continuation.text()
        assert continuation.text().endswith("To train longer give --epochs N with N above 7.")


DEFAULTS = {
    name: getattr(TrainingSettings(), name)
    for name in TrainingSettings.__dataclass_fields__
    if name
    not in (*FREE_SETTINGS, *GROUPS, "resume", "system_options", "parts", "output", "epochs")  # the default is more
}
OTHERS = {
    "system": "ssd_tiny",
    "weights": "w.pt",
    "auto_anchor": "off",
    "evaluate_every": 2,
    "freeze_epochs": 2,
    "name": "other",
    "tile": 64,
    "tile_overlap": 0.3,
    "sync_batchnorm": True,
}
OTHERS |= {"tf32": True, "deterministic": True, "compile": True, "log_every": 5}
OTHERS |= {"recipe": "published", "shard_window": 4}
OTHERS |= {
    "log_objects": "csv",
    "on_bad": "skip",
    "max_detections": 300,
    "detections_per_image": 50,
    "val": 0.2,
    "val_seed": 3,
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_default_that_contradicts_the_run_is_an_error(name: str, tmp_path: Path) -> None:
    """Of every setting that may not change, whatever the default is."""
    settings = dataclasses.replace(SETTINGS, **{name: OTHERS[name]} if name in OTHERS else {})
    if name == "system":
        settings = dataclasses.replace(settings, system_options={})
    assert getattr(settings, name) != DEFAULTS[name]
    run = _made(tmp_path / "run", settings)
    assert continue_run(_asked(run))[0] == settings
    with pytest.raises(ConfigError, match=f"was trained with {name} = "):
        continue_run(_asked(run, **{name: DEFAULTS[name]}))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"optimization": {"clip_norm": SYSTEM.recipe.clip_norm}}, r"optimization.clip_norm = 3.0; found 10.0"),
        ({"optimization": {"clip_norm": None}}, r"optimization.clip_norm = 3.0; found 10.0"),
        ({"augmentation": {"mosaic": 0.5}}, r"augmentation.mosaic = 1.0; found 0.5"),
        ({"system_options": {"guarantee": False}}, r"system_options.guarantee = True; found False"),
        ({"epochs": 5, "seed": 0}, r"epochs = 7; found 5, and with seed = 5; found 0"),
        ({"system_options": {"guarante": False}}, r"Did you mean 'guarantee'"),
        ({"output": "elsewhere"}, r"output = runs; found elsewhere"),
    ],
)
def test_groups_and_several_contradictions(run: RunDirectory, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        continue_run(_asked(run, **given))


@pytest.mark.parametrize(
    "given",
    [
        {"epochs": 7},
        {"canvas": [320, 320]},
        {"freeze": ["backbone"]},
        {"optimization": {"lr": None, "clip_norm": 3.0}},
        {"augmentation": {"hsv": list(SYSTEM.recipe.augmentation.hsv)}},
        {"system_options": {"reg_max": 16}},
        {"system_options": {}},
        {"name": "run"},
        SETTINGS.to_dict(),
    ],
)
def test_repeating_a_setting_of_the_run_is_no_contradiction(run: RunDirectory, given: dict[str, Any]) -> None:
    assert continue_run({**given, "resume": str(run.path)})[0] == SETTINGS


def test_the_place_of_a_run_that_was_moved_is_no_contradiction(run: RunDirectory) -> None:
    assert continue_run(_asked(run, output=str(run.path.parent)))[0] == SETTINGS


@pytest.mark.parametrize(
    ("before", "given", "window"),
    [
        (None, {"data": "y"}, None),
        (None, {"data": "shards:y"}, 0),
        (None, {"data": "shards:memory://y"}, 0),
        (None, {"data": "shards:memory://y", "shard_window": 4}, 4),
        (None, {"shard_window": 0}, None),
        (16, {"data": "shards:memory://y"}, 16),
        (16, {"shard_window": 2}, 2),
    ],
)
def test_shards_are_read_in_the_order_that_the_run_began_with(
    before: int | None, given: dict[str, Any], window: int | None, tmp_path: Path
) -> None:
    run = _made(tmp_path / "run", dataclasses.replace(SETTINGS, shard_window=before))
    settings, _ = continue_run(_asked(run, **given))
    assert settings.shard_window == window


def test_the_data_must_have_the_classes_of_the_run(run: RunDirectory) -> None:
    require_same_classes(run, ("a", "b"))
    with pytest.raises(DataError, match="learns a, b; the data has b, a"):
        require_same_classes(run, ("b", "a"))


@pytest.mark.parametrize("content", ["model", "other", "", "text"])
def test_a_file_that_is_no_checkpoint_is_named(content: str, run: RunDirectory) -> None:
    path = run.last_model if content == "model" else run.last_checkpoint
    if content == "other":
        torch.save([1], path)
    elif content != "model":
        path.write_text(content)
    with pytest.raises(ConfigError, match="is no checkpoint of a run, or it is damaged"):
        continue_run({"resume": str(path)})


WISE = {"name": "wise_iou", "version": 1, "alpha": 1.9, "delta": 3.0, "momentum": 0.01}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"parts": {}},
        {"parts": {"box_loss": "wise_iou"}},
        {"parts": {"box_loss": "wise_iou", "box_loss.version": 1}},
        {"parts": {"box_loss": WISE}},
        {"parts": {"box_loss.delta": 3}},
    ],
)
def test_parts_of_the_run_may_be_named_again(given: dict[str, Any], tmp_path: Path) -> None:
    settings = dataclasses.replace(SETTINGS, parts={"box_loss": WISE})
    assert continue_run(_asked(_made(tmp_path / "run", settings), **given))[0] == settings


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"box_loss": "siou"}, r"was trained with parts.box_loss = \{'name': 'wise_iou'"),
        ({"box_loss": None}, r"parts.box_loss = .*; found None"),
        ({"box_loss.version": 3}, r"parts.box_loss = .*'version': 3"),
        ({"assigner": "atss"}, r"was trained with parts.assigner = None"),
        ({"assigner": "ats"}, r"Did you mean 'atss'"),
    ],
)
def test_other_parts_are_a_contradiction(parts: dict[str, Any], message: str, tmp_path: Path) -> None:
    run = _made(tmp_path / "run", dataclasses.replace(SETTINGS, parts={"box_loss": WISE}))
    with pytest.raises(ConfigError, match=message):
        continue_run(_asked(run, parts=parts))
