"""Whole trainings of a few batches, in this process."""

import csv
import gc
import inspect
import json
import math
import os
import shutil
import signal
import weakref
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest
import torch
from lightning.pytorch.callbacks import Callback
from safetensors.torch import load_file

from boxwright import pack
from boxwright.data import Dataset, from_torch, open_dataset
from boxwright.data.loading import ram_cache
from boxwright.data.loading.machine_memory import MachineMemory
from boxwright.errors import ConfigError, DataError, MissingExtraError, Terminated, TrainingError
from boxwright.run_files.run_config import read_settings
from boxwright.settings.training import TrainingSettings, settings_from
from boxwright.systems import build_system, load_model, read_card
from boxwright.systems.card_text import card_text
from boxwright.training import train
from boxwright.training.assembly import assemble
from boxwright.training.module import TrainingModule
from boxwright.training.optimization import schedule_of
from boxwright.training.trainer import CUBLAS_WORKSPACE

TINY = {"canvas": 64, "batch_size": 4, "workers": 0, "logger": "csv", "accelerator": "cpu", "precision": "32"}


def _epochs(run: Path) -> list[str]:
    return [line.split(",")[0] for line in (run / "metrics.csv").read_text().splitlines()[1:]]


def _column(run: Path, name: str) -> list[float]:
    with (run / "metrics.csv").open() as file:
        return [float(row[name]) for row in csv.DictReader(file)]


@pytest.mark.paints
def test_a_training_leaves_everything(tiny_data: Path, tmp_path: Path, capsys) -> None:
    result = train(tiny_data, epochs=2, output=tmp_path, **TINY)
    files = {path.relative_to(result.directory).as_posix() for path in result.directory.rglob("*") if path.is_file()}
    assert files == {
        "checkpoints/best.ckpt",
        "checkpoints/last.ckpt",
        "class_ap.csv",
        "config.yaml",
        "confusion.csv",
        "confusion.png",
        "errors.csv",
        "errors.html",
        "images.csv",
        "log.txt",
        "losses.png",
        "metrics.csv",
        "pr_curve.png",
        "report.json",
        "thresholds.png",
        "validation.jpg",
        "weights/README.md",
        "weights/best.safetensors",
        "weights/last.safetensors",
    }
    assert _epochs(result.directory) == ["1", "2"]
    _, card = load_model(result.best_model)
    assert card.categories == ("green", "red")
    assert card.config["optimization"]["lr"] is not None
    assert result.report is not None
    assert json.loads((result.directory / "report.json").read_text())["num_images"] == 3
    assert card.measurements["num_images"] == 3
    assert (result.directory / "weights/README.md").read_text() == card_text(card)
    said = capsys.readouterr().out
    assert "epoch 2/2" in said
    assert result.report.table() in said


def test_patience_ends_a_training(tiny_data: Path, tmp_path: Path) -> None:
    # nothing is learned, so the first evaluation stays the best
    still = {"lr": 0.0, "warmup_epochs": 0.0, "ema_decay": 0.0}
    result = train(tiny_data, epochs=9, patience=2, optimization=still, output=tmp_path, **TINY)
    assert _epochs(result.directory) == ["1", "2", "3"]


class _Arithmetic(Callback):
    """Notes what holds for the whole process while steps are taken."""

    def __init__(self) -> None:
        self.seen: set[object] = set()

    def on_train_batch_end(self, *_: object) -> None:
        deterministic, variable = torch.are_deterministic_algorithms_enabled(), os.environ.get(CUBLAS_WORKSPACE)
        self.seen.add((torch.get_float32_matmul_precision(), deterministic, torch.backends.cudnn.benchmark, variable))


@pytest.mark.parametrize("is_set", [True, False])
def test_arithmetic_holds_for_every_step(
    is_set: bool, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(CUBLAS_WORKSPACE, raising=False)
    noted = _Arithmetic()
    train(tiny_data, epochs=1, tf32=is_set, deterministic=is_set, callbacks=[noted], output=tmp_path, **TINY)
    assert noted.seen == {("high", True, False, ":4096:8") if is_set else ("highest", False, True, None)}
    assert not torch.are_deterministic_algorithms_enabled()
    assert CUBLAS_WORKSPACE not in os.environ


def test_evaluation_every_few_epochs_and_at_the_end(tiny_data: Path, tmp_path: Path) -> None:
    result = train(tiny_data, epochs=3, evaluate_every=2, output=tmp_path, **TINY)
    scores = [line.split(",")[4] != "" for line in (result.directory / "metrics.csv").read_text().splitlines()[1:]]
    assert scores == [False, True, True]


def test_a_finished_run_is_only_measured_again(tiny_data: Path, tmp_path: Path) -> None:
    first = train(tiny_data, epochs=1, output=tmp_path, **TINY)
    weights = first.last_model.read_bytes()
    (first.directory / "report.json").unlink()
    again = train(resume=first.directory / "checkpoints" / "last.ckpt")
    assert again.last_model.read_bytes() == weights
    assert (first.directory / "report.json").is_file()
    assert _epochs(again.directory) == ["1"]


def test_the_log_says_how_many_images_are_kept_in_memory(tiny_data: Path, tmp_path: Path) -> None:
    run = train(tiny_data, epochs=1, output=tmp_path, **TINY).directory
    for cache, said in (("auto", 2), (None, 2), ("ram", 3)):
        train(resume=run, cache=cache)
        assert (run / "log.txt").read_text().count("Kept in memory, decoded: 11 images, 0.00 GB.") == said


class _Failing(Callback):
    def on_train_start(self, *_: object) -> None:
        raise TrainingError("Failed.")


def test_what_a_training_kept_in_memory_is_let_go(
    tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its end, and where it failed at the latest when the next one begins."""
    kept: list[weakref.ref[MachineMemory]] = []

    def noted(size: int) -> MachineMemory:
        memory = MachineMemory(size)
        kept.append(weakref.ref(memory))
        return memory

    monkeypatch.setattr(ram_cache, "MachineMemory", noted)
    gc.disable()
    try:
        with suppress(TrainingError):
            train(tiny_data, epochs=1, callbacks=[_Failing()], output=tmp_path, **TINY)
        train(tiny_data, epochs=1, output=tmp_path, **TINY)
        assert [each() for each in kept] == [None] * 4
    finally:
        gc.enable()


def test_a_finished_run_gets_more_epochs(tiny_data: Path, tmp_path: Path) -> None:
    """Its schedule is that of the longer training from then on; so it is, if it is resumed again."""
    first = train(tiny_data, epochs=1, output=tmp_path, **TINY)
    train(resume=first.directory, epochs=3)
    assert _epochs(first.directory) == ["1", "2", "3"]
    settings = read_settings(first.directory / "config.yaml")
    assert settings.epochs == 3
    rates = _column(first.directory, "lr")
    schedule = schedule_of(build_system("yolov8n", 2).recipe, 3, 2, 4)
    assert rates[1:] == pytest.approx([schedule.at(3).lr, schedule.at(5).lr], rel=1e-5)
    train(resume=first.directory)
    assert _epochs(first.directory) == ["1", "2", "3"]


def test_shards_go_on_with_a_run_from_the_folder_and_what_is_another_order_is_said(
    tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOXWRIGHT_SHARD_CACHE", str(tmp_path / "cache"))
    pack(tiny_data, tmp_path / "packed", shard_megabytes=0.02)
    fsspec.filesystem("memory").put(str(tmp_path / "packed"), "/resumed", recursive=True)
    run = train(tiny_data, epochs=1, output=tmp_path, **TINY).directory
    shutil.copytree(run, tmp_path / "copy")
    folder, log = train(resume=run, epochs=2), run / "log.txt"
    shards = train(resume=tmp_path / "copy", data="shards:memory://resumed", epochs=2)
    one, other = load_file(folder.last_model), load_file(shards.last_model)
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert _column(folder.directory, "box") == _column(shards.directory, "box")
    said = [path.read_text(encoding="utf-8") for path in (log, tmp_path / "copy" / "log.txt")]
    assert not any("Warning" in text for text in said)
    train(resume=tmp_path / "copy", shard_window=1, epochs=3)
    assert "Warning: The images come in another order" in (tmp_path / "copy" / "log.txt").read_text(encoding="utf-8")


def test_a_loss_that_is_not_finite_keeps_the_last_checkpoint(tiny_data: Path, tmp_path: Path, monkeypatch) -> None:
    run = TrainingModule._run

    def spoil(module: TrainingModule, batch, batch_idx: int):
        found = run(module, batch, batch_idx)
        spoilt = found.losses | {"class": found.losses["class"] * math.nan}
        return replace(found, losses=spoilt) if module.current_epoch == 1 else found

    monkeypatch.setattr(TrainingModule, "_run", spoil)
    with pytest.raises(TrainingError, match=r"not finite in class .*train/\d\.png"):
        train(tiny_data, epochs=3, output=tmp_path, **TINY)
    checkpoint = torch.load(tmp_path / "train" / "checkpoints" / "last.ckpt", weights_only=True)
    assert checkpoint["epoch"] == 0
    assert all(value.isfinite().all() for value in checkpoint["state_dict"].values())


def test_an_interrupt_can_be_caught_and_happen_again(tiny_data: Path, tmp_path: Path, monkeypatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(TrainingModule, "_run", interrupt)
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train(tiny_data, epochs=1, output=tmp_path, **TINY)
    assert signal.getsignal(signal.SIGINT) is handler


def test_sigterm_ends_the_training(tiny_data: Path, tmp_path: Path, monkeypatch) -> None:
    run = TrainingModule._run

    def terminate(module: TrainingModule, batch, batch_idx: int):
        os.kill(os.getpid(), signal.SIGTERM)
        return run(module, batch, batch_idx)

    monkeypatch.setattr(TrainingModule, "_run", terminate)
    handler = signal.getsignal(signal.SIGCHLD)
    try:
        with pytest.raises(Terminated):
            train(tiny_data, epochs=1, output=tmp_path, **TINY)
    finally:
        signal.signal(signal.SIGCHLD, handler)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_frozen_parts_keep_their_weights(tiny_data: Path, tmp_path: Path) -> None:
    result = train(tiny_data, epochs=1, freeze="backbone", optimization={"warmup_epochs": 0}, output=tmp_path, **TINY)
    trained = torch.load(result.directory / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    fresh = assemble(TrainingSettings(data=str(tiny_data), canvas=64), is_new=True).system.detector.state_dict()
    same = {name for name, value in fresh.items() if torch.equal(value, trained[f"detector.{name}"])}
    assert {name for name in fresh if name.startswith("backbone.")} <= same
    assert not any(name.startswith("head.") and name.endswith("conv.weight") for name in same)


def test_the_signature_is_that_of_the_settings() -> None:
    shown = inspect.signature(train).parameters
    assert list(shown)[:2] == ["data", "system"]
    assert set(shown) == {*TrainingSettings.__dataclass_fields__, "callbacks", "transform"}
    with pytest.raises(ConfigError, match="Did you mean 'epochs'"):
        train("x", epoch=3)


class _Torch:
    """A data set with torchvision's contract."""

    def __init__(self, data: Dataset) -> None:
        self.data = data

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, position: int) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        sample = self.data[position]
        return sample.image, {"boxes": sample.boxes, "labels": sample.labels + 1}


def test_data_sets_that_exist_in_python(tiny_data: Path, tmp_path: Path) -> None:
    """The same images through a torch data set give the same training, bit for bit; it can be resumed."""
    files = train(tiny_data, epochs=2, output=tmp_path, name="files", **TINY)
    parts = [open_dataset(tiny_data, split) for split in ("train", "val")]
    pair = tuple(from_torch(_Torch(part), part.categories) for part in parts)
    given = train(pair, epochs=2, output=tmp_path, name="given", **TINY)
    weights = [load_model(result.last_model)[0].detector.state_dict() for result in (files, given)]
    assert all(torch.equal(value, weights[1][name]) for name, value in weights[0].items())
    assert given.report is not None
    assert files.report is not None
    assert given.report.ap == files.report.ap
    again = train(pair, resume=str(given.directory))
    assert again.directory == given.directory


def test_data_sets_with_different_classes(tiny_data: Path) -> None:
    data = open_dataset(tiny_data, "train")
    with pytest.raises(DataError, match="different classes"):
        train((from_torch(_Torch(data), ["a", "b"]), from_torch(_Torch(data), ["a", "c"])), **TINY)


def test_limits_reach_the_reader(tiny_data: Path) -> None:
    with pytest.raises(DataError, match="max_pixels"):
        train(tiny_data, max_pixels=99, **TINY)


def test_the_limit_of_detections_reaches_every_measurement(tiny_data: Path, tmp_path: Path, capsys) -> None:
    result = train(tiny_data, epochs=2, max_detections=1, output=tmp_path, **TINY)
    assert result.report is not None
    assert result.report.max_detections == 1
    line = result.report.limit_line
    assert line.startswith("AP counts at most 1 detection per image and category")
    assert capsys.readouterr().out.count(line) == 2, "once while it trains, once with the table"


@pytest.mark.parametrize("name", ["on_bad", "check_images", "allow_outside", "max_pixels"])
def test_data_sets_that_exist_in_python_are_not_read(tiny_data: Path, tmp_path: Path, name: str) -> None:
    """Also where what is given is the default."""
    pair = (open_dataset(tiny_data, "train"), open_dataset(tiny_data, "val"))
    with pytest.raises(ConfigError, match=f"{name}: only for data that is read from files"):
        train(pair, output=tmp_path, **{name: getattr(TrainingSettings(), name)}, **TINY)


def test_patience_ends_a_training_only_where_it_was_measured(tiny_data: Path, tmp_path: Path) -> None:
    still = {"lr": 0.0, "warmup_epochs": 0.0, "ema_decay": 0.0}
    result = train(tiny_data, epochs=9, patience=1, evaluate_every=3, optimization=still, output=tmp_path, **TINY)
    assert _epochs(result.directory) == ["1", "2", "3", "4", "5", "6"]


def test_what_changes_nothing_is_said(tiny_data: Path, tmp_path: Path, capsys) -> None:
    train(tiny_data, epochs=1, auto_anchor="check", augmentation={"mosaic": 0.0}, output=tmp_path, **TINY)
    assert "Without effect here: auto_anchor (yolov8n has no anchors)." in capsys.readouterr().out


def test_a_run_goes_on_with_the_classes_it_began_with(tiny_data: Path, tmp_path: Path) -> None:
    parts = [open_dataset(tiny_data, split) for split in ("train", "val")]
    pair, other = (tuple(from_torch(_Torch(part), names) for part in parts) for names in (("a", "b"), ("b", "a")))
    run = train(pair, epochs=1, output=tmp_path, **TINY).directory
    with pytest.raises(DataError, match=r"learns a, b; the data has b, a"):
        train(other, resume=run)
    with pytest.raises(ConfigError, match="was trained with seed = 0; found 1"):
        train(pair, resume=run, seed=1)


@pytest.mark.parametrize(("name", "value"), [("accelerator", "tpu"), ("devices", "x")])
def test_devices_that_are_not_there_are_a_setting(tiny_data: Path, tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} {value}.*: Lightning cannot use them here"):
        train(tiny_data, epochs=1, output=tmp_path / "runs", **{**TINY, name: value})
    assert not (tmp_path / "runs").exists()


def test_a_batch_that_devices_cannot_share_leaves_nothing(tiny_data: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must be a multiple of 3; found 4"):
        train(tiny_data, epochs=1, output=tmp_path / "runs", **TINY, devices=3)
    assert not (tmp_path / "runs").exists()


def test_a_logger_that_refuses_leaves_nothing(tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise MissingExtraError("logger: none")

    monkeypatch.setattr("boxwright.training.trainer.build_loggers", refuse)
    with pytest.raises(MissingExtraError, match="logger: none"):
        train(tiny_data, epochs=1, output=tmp_path, **TINY)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("held", [1, 2])
def test_parts_are_held_for_some_epochs(held: int, tiny_data: Path, tmp_path: Path) -> None:
    settings = {"data": str(tiny_data), "freeze": "backbone", "freeze_epochs": held, **TINY}
    result = train(epochs=2, output=tmp_path, **settings)
    before = assemble(settings_from(settings), is_new=True).system.detector.state_dict()
    after = torch.load(result.directory / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    same = {name: torch.equal(value, after[f"detector.{name}"]) for name, value in before.items()}
    assert all(value == (held == 2) for name, value in same.items() if name == "backbone.stem.conv.weight")
    assert same["backbone.stem.norm.running_mean"] == (held == 2)
    assert not same["head.box_branches.0.0.conv.weight"]


def test_a_run_that_goes_on_says_where_its_weights_came_from(tiny_data: Path, tmp_path: Path) -> None:
    first = train(tiny_data, epochs=1, output=tmp_path, **TINY)
    second = train(tiny_data, epochs=1, weights=str(first.directory), output=tmp_path, **TINY)
    card = read_card(second.best_model)
    assert card.provenance["weights"] == "train"
    again = train(resume=second.directory)
    assert read_card(again.last_model).provenance == card.provenance
