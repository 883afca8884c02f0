"""Flags, files and functions are one definition."""

import dataclasses
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import yaml

import boxwright
from boxwright.arguments.parser import UsageError
from boxwright.cli import commands
from boxwright.errors import ConfigError
from boxwright.inspection import RankedObject
from boxwright.training import TrainingSettings, evaluate
from boxwright.training.settings import settings_from


@pytest.fixture
def trained_with(monkeypatch) -> list[TrainingSettings]:
    """Collects what a training would have been started with."""
    settings: list[TrainingSettings] = []
    monkeypatch.setattr(
        import_module("boxwright.training.train"), "run_training", lambda given: settings.append(settings_from(given))
    )
    return settings


def test_flags_reach_the_training(trained_with: list[TrainingSettings]) -> None:
    flags = (
        "--data x --canvas [320,640] --optimization.lr 1e-3 --augmentation.hsv [0,0.1,0] --freeze backbone,neck "
        "--precision bf16 --devices 2 --patience 5 --system_options.guarantee true --system_options.dialect early"
    )
    commands.run_train(flags.split())
    (settings,) = trained_with
    assert settings.canvas_size == (320, 640)
    assert settings.optimization.lr == 1e-3
    assert settings.augmentation.hsv == (0.0, 0.1, 0.0)
    assert settings.frozen_prefixes == ["backbone", "neck"]
    assert (settings.precision, settings.devices, settings.patience) == ("bf16", 2, 5)
    assert settings.system_options == {"guarantee": True, "dialect": "early"}


def test_without_flags_the_defaults_hold(trained_with: list[TrainingSettings]) -> None:
    commands.run_train([])
    assert trained_with == [TrainingSettings()]


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ([], {}),
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
    monkeypatch.setattr(import_module("boxwright.training.train"), "run_training", seen.append)
    commands.run_train(words)
    assert seen == [given]


def test_a_printed_configuration_can_be_read_back(trained_with, tmp_path: Path, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        commands.run_train(["--data", "x", "--optimization.lr", "0.5", "--print_config"])
    assert ended.value.code == 0
    (tmp_path / "run.yaml").write_text(capsys.readouterr().out)
    commands.run_train(["--config", str(tmp_path / "run.yaml"), "--epochs", "7"])
    assert trained_with[0] == dataclasses.replace(
        TrainingSettings(), data="x", epochs=7, optimization=trained_with[0].optimization
    )
    assert trained_with[0].optimization.lr == 0.5


def test_the_configuration_of_a_run_can_be_read_back(trained_with, tmp_path: Path) -> None:
    written = TrainingSettings(data="x", canvas=(64, 96), system_options={"dialect": "mid", "reg_max": 16})
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(written.to_dict()))
    commands.run_train(["--config", str(tmp_path / "config.yaml")])
    assert trained_with == [written]


def test_evaluate_takes_the_arguments_of_the_function(monkeypatch) -> None:
    called: list[dict[str, object]] = []

    def record(**settings: object) -> None:
        called.append(settings)

    record.__signature__ = inspect.signature(evaluate)  # type: ignore[attr-defined]
    record.__doc__ = evaluate.__doc__
    monkeypatch.setattr(import_module("boxwright.training.evaluate"), "evaluate", record)
    commands.run_evaluate(["--model", "m.pt", "--data", "x", "--split", "train", "--canvas", "96"])
    (settings,) = called
    assert settings["canvas"] == 96
    assert set(settings) == set(inspect.signature(evaluate).parameters)


def test_predict_says_where_the_results_are(monkeypatch, capsys) -> None:
    seen: dict[str, object] = {}

    def find(model: str, source: str, *, output: str | None = None, device: str = "auto") -> list[list[int]]:
        """Finds.

        Args:
            model: A file.
            source: Images.
            output: A folder.
            device: A device.
        """
        seen.update(model=model, source=source, device=device)
        return [[1, 2], [3]]

    monkeypatch.setattr("boxwright.prediction.predict", find)
    commands.run_predict(["--model", "m.pt", "--source", "images"])
    assert seen == {"model": "m.pt", "source": "images", "device": "auto"}
    assert capsys.readouterr().out == "3 objects in 2 images. The results are in runs/predict.\n"


def test_predict_says_that_nothing_was_saved(monkeypatch, capsys) -> None:
    def find(model: str, source: str, *, save: list[str], output: str | None = None, device: str = "auto") -> list[str]:
        """Finds.

        Args:
            model: A file.
            source: Images.
            save: What.
            output: A folder.
            device: A device.
        """
        return [model, source, *save, str(output), device][:1]

    monkeypatch.setattr("boxwright.prediction.predict", find)
    commands.run_predict(["--model", "m.pt", "--source", "images", "--save", "[]"])
    assert capsys.readouterr().out == "4 objects in 1 image. Nothing was saved.\n"


def test_convert_says_what_was_written(tmp_path: Path, capsys) -> None:
    commands.run_convert(["sample:bccd", str(tmp_path / "out"), "--to", "yolo", "--images", "link"])
    said = capsys.readouterr().out
    assert said.startswith(f"Wrote 60 images and 922 objects in train, 20 images and 277 objects in val to {tmp_path}")
    assert "category ids" in said
    assert (tmp_path / "out/data.yaml").is_file()


def test_the_functions_have_the_names_of_the_commands() -> None:
    assert all(callable(getattr(boxwright, name)) for name in commands.RUNNERS)


def test_hyphens_stand_for_underscores(trained_with: list[TrainingSettings]) -> None:
    commands.run_train(
        ["--data", "a-b", "--on-bad", "skip", "--check-images=full", "--optimization.final-lr-fraction", "0.1"]
    )
    (settings,) = trained_with
    assert (settings.data, settings.on_bad, settings.check_images) == ("a-b", "skip", "full")
    assert settings.optimization.final_lr_fraction == 0.1


def test_verify_prints_and_gives_the_exit_code(tmp_path: Path, capsys) -> None:
    sheet = tmp_path / "sheet.png"
    assert commands.run_verify(["sample:bccd", "--canvas", "320", "--sheet", str(sheet)]) in (0, 1)
    shown = capsys.readouterr().out
    assert "train: 60 images" in shown
    assert shown.rstrip().endswith(f"Plots: {sheet}")
    assert commands.run_verify([f"--data={tmp_path / 'nowhere'}", "--json"]) == 2
    assert '"unreadable-annotations"' in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--masks", "nowhere"], ["nowhere", "--masks"], ["--masks=false", "nowhere"]])
def test_a_switch_needs_no_value(words: list[str], capsys) -> None:
    assert import_module("boxwright.cli.commands").run_verify([*words, "--sheet", "null"]) == 2
    assert "Give a data folder" in capsys.readouterr().out


def test_verify_of_an_unknown_sample_is_a_usage_error() -> None:
    with pytest.raises(ConfigError, match="bccd"):
        commands.run_verify(["sample:bcd"])


@pytest.mark.parametrize(
    "words",
    [
        ["--system", "ssd_tiny", "--system", "yolov5n"],
        ["--system=ssd_tiny", "--system=yolov5n"],
        ["--system", "[ssd_tiny, yolov5n]"],
        ["--system", "ssd_tiny,yolov5n"],
    ],
)
def test_diagnose_compares_systems_however_they_are_named(words: list[str], tmp_path: Path, capsys) -> None:
    page = tmp_path / "page.html"
    assert (
        commands.run_diagnose(["sample:bccd", *words, "--images", "2", "--advice", "false", "--html", str(page)]) == 0
    )
    shown = capsys.readouterr().out
    assert "2 of 60 images" in shown
    assert shown.index("ssd_tiny @ 224") < shown.index("yolov5n @ 640")
    assert page.is_file()


def test_diagnose_shows_the_objects_of_highest_loss(tmp_path: Path, monkeypatch, capsys) -> None:
    """And nothing else, unless a system is named."""
    drawn: list[tuple[object, ...]] = []
    box = (1.0, 2.0, 3.4, 4.0)
    suspect = RankedObject(1, 0.987, 7, "a.png", 0, 0, 0, "RBC", box, 5, 0.0, 3.0, 3.0, {"box": 1.0})
    monkeypatch.setattr("boxwright.inspection.rank_objects", lambda file: [suspect])
    monkeypatch.setattr("boxwright.inspection.losses_sheet", lambda *given: drawn.append(given))
    sheet = str(tmp_path / "sheet.jpg")
    assert commands.run_diagnose(["sample:bccd", "--losses", "runs/train", "--sheet", sheet]) == 0
    shown = capsys.readouterr().out
    assert "  1  0.987  RBC  a.png #0  box 1 2 3 4\n" in shown
    assert "positive" not in shown
    ((ranking, data, path),) = drawn
    assert (ranking, len(data), path) == ([suspect], 60, sheet)
    words = ["sample:bccd", "--losses", "runs/train", "--sheet", sheet, "--system", "yolov5n", "--advice", "false"]
    assert commands.run_diagnose(words) == 0
    assert "have no positive with yolov5n" in capsys.readouterr().out


def test_inspect_says_what_it_shows_and_where(tmp_path: Path, capsys) -> None:
    page = tmp_path / "page.html"
    words = ["sample:bccd", "--system", "yolov5n", "--system", "ssd_tiny", "--canvas", "224", "--images", "2"]
    commands.run_inspect([*words, "--title", "cells", "--output", str(page)])
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith(" objects in 2 images under yolov5n, ssd_tiny.")
    assert second == f"Open {page} in a browser; it needs no network."
    assert "<title>cells</title>" in page.read_text()


@pytest.mark.parametrize("images", ["BloodImage_00017.jpg", "[BloodImage_00017.jpg, BloodImage_00030.jpg]"])
def test_inspect_takes_images_by_name(images: str, monkeypatch) -> None:
    asked: list[object] = []

    def record(**settings: object) -> None:
        asked.append(settings["images"])
        raise KeyboardInterrupt

    record.__signature__ = inspect.signature(boxwright.inspect)  # type: ignore[attr-defined]
    record.__doc__ = boxwright.inspect.__doc__
    monkeypatch.setattr("boxwright.inspection.inspect", record)
    with pytest.raises(KeyboardInterrupt):
        commands.run_inspect(["sample:bccd", "--images", images])
    assert asked in (["BloodImage_00017.jpg"], [["BloodImage_00017.jpg", "BloodImage_00030.jpg"]])


def test_inspect_takes_several_checkpoints(monkeypatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(
        commands, "_read", lambda parser, words: asked.append(words) or (_ for _ in ()).throw(UsageError)
    )
    with pytest.raises(UsageError):
        commands.run_inspect(["--data", "sample:bccd", "--checkpoint", "a", "--checkpoint=b"])
    assert asked == [["sample:bccd", '--checkpoint=["a", "b"]']]


def test_a_wrong_flag_of_verify_does_not_wait_for_the_training_libraries() -> None:
    program = (
        "import sys; from boxwright.cli.main import main; code = main(['verify', 'x', '--canvs', '3']); "
        "print(code, [name for name in ('lightning', 'torchvision') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "2 []"
    assert "Did you mean 'canvas'?" in done.stderr


def test_what_goes_to_the_default_place_is_numbered(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    for number in ("", "-2", "-3"):
        commands.run_verify(["sample:bccd", "--canvas", "320"])
        assert capsys.readouterr().out.rstrip().endswith(f"Plots: runs/verify{number}/statistics.png")
    first = (tmp_path / "runs/verify/statistics.png").read_bytes()
    assert first == (tmp_path / "runs/verify-3/statistics.png").read_bytes()
    for number in ("", "-2"):
        commands.run_inspect(["sample:bccd", "--canvas", "96", "--images", "1"])
        assert f"Open runs/inspect{number}/inspection.html" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("inspect", ["sample:bccd", "--output", "photo.jpg"]),
        ("diagnose", ["sample:bccd", "--json", "photo.jpg"]),
        ("diagnose", ["sample:bccd", "--html", "photo.jpg"]),
    ],
)
def test_a_file_that_is_named_and_there_is_a_usage_error(command, words, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("photo.jpg").write_bytes(b"photo")
    with pytest.raises(ConfigError, match=r"photo\.jpg is there already, and nothing is written over"):
        commands.RUNNERS[command](words)
    assert Path("photo.jpg").read_bytes() == b"photo"


def test_a_sheet_whose_name_is_taken_has_a_number(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    Path("photo.jpg").write_bytes(b"photo")
    for number in (2, 3):
        commands.run_verify(["sample:bccd", "--canvas", "320", "--sheet", "photo.jpg"])
        printed = capsys.readouterr()
        assert f"photo.jpg is there already; the sheet is photo-{number}.jpg." in printed.err
        assert f"Plots: photo-{number}.jpg" in printed.out
        assert Path(f"photo-{number}.jpg").is_file()
    assert Path("photo.jpg").read_bytes() == b"photo"


@pytest.mark.parametrize("name", ["2024", "2024-05-01", "1e5", "007", "null", "~", "yes", "a: b", "[a]", "#a", "1:30"])
def test_every_name_can_be_that_of_a_source_or_a_folder(name: str, monkeypatch, capsys) -> None:
    seen: list[dict[str, object]] = []

    def record(**settings: object) -> list[list[int]]:
        seen.append(settings)
        return []

    record.__signature__ = inspect.signature(boxwright.predict)  # type: ignore[attr-defined]
    record.__doc__ = boxwright.predict.__doc__
    monkeypatch.setattr("boxwright.prediction.predict", record)
    commands.run_predict(["--model", name, "--source", name, "--output", f"{name}x"])
    assert [seen[0][each] for each in ("model", "source", "output")] == [name, name, f"{name}x"]


@pytest.mark.parametrize("name", ["2024", "010", "null", "~", "no", "1:30"])
def test_every_name_can_be_that_of_data(name: str, trained_with: list[TrainingSettings], tmp_path: Path) -> None:
    commands.run_train(["--data", name, "--name", name, "--output", name])
    (tmp_path / "run.yaml").write_text("data: 010\nname: 2024-05-01\noutput: 1_000\nweights: null\n")
    commands.run_train(["--config", str(tmp_path / "run.yaml")])
    first, second = trained_with
    assert (first.data, first.name, first.output) == (name, name, name)
    assert (second.data, second.name, second.output, second.weights) == ("010", "2024-05-01", "1_000", None)


def test_predictions_are_numbered(tmp_path: Path, monkeypatch, capsys) -> None:
    seen: list[object] = []

    def record(**settings: object) -> list[list[int]]:
        seen.append(settings["output"])
        (tmp_path / str(settings["output"])).mkdir(parents=True)
        (tmp_path / str(settings["output"]) / "a.jpg").touch()
        return []

    record.__signature__ = inspect.signature(boxwright.predict)  # type: ignore[attr-defined]
    record.__doc__ = boxwright.predict.__doc__
    monkeypatch.setattr("boxwright.prediction.predict", record)
    monkeypatch.chdir(tmp_path)
    for _ in range(3):
        commands.run_predict(["--model", "m.pt", "--source", "images"])
    assert seen == ["runs/predict", "runs/predict-2", "runs/predict-3"]
    assert capsys.readouterr().out.endswith("The results are in runs/predict-3.\n")
