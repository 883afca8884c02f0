"""boxwright train."""

import dataclasses
import sys
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from boxwright.cli.commands import train
from boxwright.errors import BoxwrightError
from boxwright.settings.training import TrainingSettings, settings_from

pytestmark = pytest.mark.usefixtures("places_that_are_there")


@pytest.fixture
def trained_with(monkeypatch) -> list[TrainingSettings]:
    """Collects what a training would have been started with."""
    settings: list[TrainingSettings] = []
    monkeypatch.setattr(
        import_module("boxwright.training.command"), "run_training", lambda given: settings.append(settings_from(given))
    )
    return settings


def test_flags_reach_the_training(trained_with: list[TrainingSettings]) -> None:
    flags = (
        "--data x --canvas [320,640] --optimization.lr 1e-3 --augmentation.hsv [0,0.1,0] --freeze backbone,neck "
        "--precision bf16 --devices 2 --patience 5 --system_options.guarantee true --system_options.dialect early"
    )
    train.run(flags.split())
    (settings,) = trained_with
    assert settings.canvas_size == (320, 640)
    assert settings.optimization.lr == 1e-3
    assert settings.augmentation.hsv == (0.0, 0.1, 0.0)
    assert settings.frozen_prefixes == ["backbone", "neck"]
    assert (settings.precision, settings.devices, settings.patience) == ("bf16", 2, 5)
    assert settings.system_options == {"guarantee": True, "dialect": "early"}


def test_without_flags_the_defaults_hold(trained_with: list[TrainingSettings]) -> None:
    train.run(["--data", "x"])
    assert trained_with == [TrainingSettings(data="x")]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "data: name the data set to train on"),
        (["--resume", "nowhere"], "resume: there is no nowhere"),
        (["--system", "yolov9n"], "Did you mean 'yolov"),
        (["--system_options.dialekt", "x"], "Unknown option of yolov8n 'dialekt'. Did you mean 'dialect'"),
        (["--optimization.momentum", "2"], "momentum must be at least 0 and below 1; found 2"),
        (["--augmentation.mosaic", "-1"], "mosaic = -1.0 must be 0 to 1"),
        (["--epochs", "0"], "epochs must be at least 1"),
        (["--logger", "tensorbord"], "Did you mean 'tensorboard'"),
        (["--canvas", "0"], "both sides must be from 1"),
        (["--data", "lost"], "lost. Give a data folder"),
        (["--data", "x", "--weights", "runs/lost.pt"], "There is no model file runs/lost.pt"),
        (["--data", "x", "--output", "m.pt"], "m.pt is no folder"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_loaded(words: list[str], message: str, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "boxwright.training.command", None)  # an import would fail
    with pytest.raises(BoxwrightError, match=message):
        train.run(words)


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (["--epochs", "100"], {"epochs": 100}),
        (["--patience", "null", "--optimization.lr", "null"], {"patience": None, "optimization": {"lr": None}}),
        (["--system_options.reg_max", "16"], {"system_options": {"reg_max": 16}}),
        (["--config", "run.yaml", "--seed=0"], {"batch_size": 16, "augmentation": {"mosaic": 1.0}, "seed": 0}),
    ],
)
def test_a_default_that_is_given_is_told_from_one_that_is_not(
    words: list[str], given: dict[str, object], monkeypatch, tmp_path: Path
) -> None:
    (tmp_path / "run.yaml").write_text("batch_size: 16\naugmentation:\n  mosaic: 1.0\n")
    monkeypatch.chdir(tmp_path)
    seen: list[dict[str, object]] = []
    monkeypatch.setattr(import_module("boxwright.training.command"), "run_training", seen.append)
    train.run(["--data", "x", *words])
    assert seen == [{"data": "x"} | given]


def test_a_printed_configuration_can_be_read_back(trained_with, tmp_path: Path, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        train.run(["--optimization.lr", "0.5", "--print_config"])
    assert ended.value.code == 0
    (tmp_path / "run.yaml").write_text(capsys.readouterr().out)
    train.run(["--config", str(tmp_path / "run.yaml"), "--data", "x", "--epochs", "7"])
    assert trained_with[0] == dataclasses.replace(
        TrainingSettings(), data="x", epochs=7, optimization=trained_with[0].optimization
    )
    assert trained_with[0].optimization.lr == 0.5


def test_with_data_the_configuration_says_what_was_chosen_for_it(tiny_data: Path, tmp_path: Path, capsys) -> None:
    words = ["--data", str(tiny_data), "--canvas", "64", "--epochs", "2", "--output", str(tmp_path / "runs")]
    train.run([*words, "--print_config"])
    printed = capsys.readouterr().out
    assert printed.startswith("# 8 images, 2 epochs: 4 steps of 4 images in place of 2 of 8")
    values = yaml.safe_load(printed)
    assert (values["batch_size"], values["optimization"]["nominal_batch"], values["recipe"]) == (4, 4, "fitted")
    assert not [*_leaves_without_value(values["optimization"]), *_leaves_without_value(values["augmentation"])]
    assert not (tmp_path / "runs").exists()
    train.run([*words, "--recipe", "published", "--print_config"])
    values = yaml.safe_load(capsys.readouterr().out)
    assert (values["batch_size"], values["optimization"]["nominal_batch"]) == (16, 64)


def _leaves_without_value(group: dict[str, object]) -> list[str]:
    return [name for name, value in group.items() if value is None]


def test_the_configuration_of_a_run_can_be_read_back(trained_with, tmp_path: Path) -> None:
    written = TrainingSettings(data="x", canvas=(64, 96), system_options={"dialect": "mid", "reg_max": 16})
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(written.to_dict()))
    train.run(["--config", str(tmp_path / "config.yaml")])
    assert trained_with == [written]


def test_hyphens_stand_for_underscores(trained_with: list[TrainingSettings]) -> None:
    train.run(["--data", "a-b", "--on-bad", "skip", "--check-images=full", "--optimization.final-lr-fraction", "0.1"])
    (settings,) = trained_with
    assert (settings.data, settings.on_bad, settings.check_images) == ("a-b", "skip", "full")
    assert settings.optimization.final_lr_fraction == 0.1


@pytest.mark.parametrize("name", ["2024", "010", "null", "~", "no", "1:30"])
def test_every_name_can_be_that_of_data(name: str, trained_with: list[TrainingSettings], tmp_path: Path) -> None:
    for each in (name, "010"):
        Path(each).mkdir(exist_ok=True)
    train.run(["--data", name, "--name", name, "--output", name])
    (tmp_path / "run.yaml").write_text("data: 010\nname: 2024-05-01\noutput: 1_000\nweights: null\n")
    train.run(["--config", str(tmp_path / "run.yaml")])
    first, second = trained_with
    assert (first.data, first.name, first.output) == (name, name, name)
    assert (second.data, second.name, second.output, second.weights) == ("010", "2024-05-01", "1_000", None)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("imgsz: 640", "There is no setting 'imgsz'. As a flag write --canvas 640; in a file the same name."),
        ("lr0: 0.1", "write --optimization.lr 0.1"),
        ("model: yolov8n.pt", "write --system yolov8n"),
        ("device: 0", "write --accelerator gpu --devices 1"),
        ("epocs: 3", "Did you mean 'epochs'"),
    ],
)
def test_a_file_of_another_trainer_is_answered(line: str, said: str) -> None:
    Path("args.yaml").write_text(f"data: x\n{line}\n")
    with pytest.raises(BoxwrightError) as refused:
        train.run(["--config", "args.yaml"])
    assert str(refused.value).startswith("config: args.yaml: ")
    assert said in str(refused.value)
