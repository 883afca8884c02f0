"""The settings of every command, read from the definitions of the functions.

What a command needs is imported in it, since torchvision and Lightning take seconds that not every command has to wait.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from boxwright.arguments.parser import SettingsParser
from boxwright.cli.given_settings import files_first, given_settings, refuse_idle_diagnosis
from boxwright.cli.image_bars import ImageBars
from boxwright.cli.plain_warnings import plain_warnings
from boxwright.cli.streams import say
from boxwright.cli.words import gathered, with_truth, with_underscores, without_data
from boxwright.errors import counted
from boxwright.lettering.visible import visible
from boxwright.writing.numbered import FreeNames, new_folder

PREDICTIONS = "runs/predict"
STATISTICS = "runs/verify/statistics.png"
LOSSES = "runs/diagnose/losses.jpg"
OBJECTS_LISTED = 20
INSPECTION = "runs/inspect/inspection.html"


def run_train(words: list[str]) -> None:
    """Trains.

    Args:
        words: Flags as typed.
    """
    from boxwright.training.settings import TrainingSettings
    from boxwright.training.train import run_training

    parser = _parser("train", "Trains a detector on your images and measures it.")
    parser.add_class_arguments(TrainingSettings)
    run_training(given_settings(parser, with_underscores(words)))


def run_evaluate(words: list[str]) -> None:
    """Measures a model.

    Args:
        words: Flags as typed.
    """
    from boxwright.training.evaluate import evaluate

    parser = _parser("evaluate", "Measures a trained model on a data set.")
    parser.add_argument(
        "--data", type=str, required=True, help='Data set: a folder, an annotation file, or "sample:bccd".'
    )
    parser.add_function_arguments(evaluate, skip={"data"})  # in Python it also takes a data set
    evaluate(**_read(parser, words))


def run_predict(words: list[str]) -> None:
    """Finds objects, and says how many and where they were written.

    Args:
        words: Flags as typed.
    """
    from boxwright.prediction import predict

    parser = _parser("predict", "Finds objects in images and videos.")
    parser.add_argument("--model", type=str, required=True, help="Model file, or run directory for its best model.")
    parser.add_argument("--source", type=str, required=True, help="File, folder, pattern or video.")
    parser.add_argument("--device", type=str, default="auto", help="cpu, cuda, cuda:1, mps or auto.")
    # in Python these also take values that cannot be typed, and arrays have an order of channels
    parser.add_function_arguments(predict, skip={"model", "source", "device", "channels"})
    parser.set_defaults(output=PREDICTIONS)
    settings = _read(parser, words)
    if settings["output"] == PREDICTIONS:
        settings["output"] = str(new_folder(Path(PREDICTIONS)))
    with plain_warnings():
        found = predict(**settings)
    objects = sum(len(detections) for detections in found)
    is_saved = settings["output"] is not None and settings.get("save", True)
    place = f"The results are in {settings['output']}." if is_saved else "Nothing was saved."
    print(f"{counted(objects, 'object')} in {counted(len(found), 'image')}. {place}")


def run_anchors(words: list[str]) -> None:
    """Measures and fits anchors, and says how to train with them.

    Args:
        words: Flags as typed.
    """
    from boxwright.training.auto_anchor import anchors

    parser = _parser("anchors", "Measures a system's anchors on your objects, and fits anchors to them.")
    parser.add_function_arguments(anchors)
    report = anchors(**_read(parser, words))
    print(f"{report.verdict()}\n{report.table()}")
    if report.after is not None:
        fitted = json.dumps(report.after.anchors, separators=(",", ":"))
        print(f"To train with the fitted ones: --system_options.anchors='{fitted}'")


def run_verify(words: list[str]) -> int:
    """Looks for everything that is wrong with a data set, and prints what was found.

    Args:
        words: As typed.

    Returns:
        0 if the data set is clean, 1 with warnings, 2 with errors.
    """
    from boxwright.data.verification import verify

    words = without_data(words)
    parser = _parser("verify", "Reads all annotations, decodes all images, and lists what is wrong or odd.")
    parser.add_argument("data", type=str, help='Data set: a folder, an annotation file, or "sample:bccd".')
    parser.add_argument("--json", action="store_true", help="Print JSON in place of text.")
    parser.add_function_arguments(verify, skip={"data", "progress"})
    parser.set_defaults(sheet=STATISTICS)
    settings = _numbered(_read(parser, words), "sheet", STATISTICS)
    as_json = settings.pop("json")
    with ImageBars() as bars:
        verdict = verify(**settings, progress=bars.show)
    # JSON in ASCII is read alike whatever the encoding of the pipe
    print(json.dumps(verdict.to_dict(), indent=2) if as_json else verdict.text())
    if settings["sheet"] is not None and verdict.statistics and not as_json:
        print(f"Plots: {settings['sheet']}")
    return verdict.exit_code


def run_diagnose(words: list[str]) -> int:
    """Runs the assigner of each system over a data set, and prints what was found and what would help.

    Args:
        words: As typed.

    Returns:
        0, or 1 if more targets are without a positive than `--fail_above` allows.
    """
    from boxwright.inspection import diagnose

    parser = _parser("diagnose", "Says which objects of a data set no prediction answers for, and what would help.")
    parser.add_argument("data", type=str, help='Data set: a folder, an annotation file, or "sample:bccd".')
    parser.add_argument(
        "--system",
        type=str | list[str],
        default=[],
        help="What to diagnose; may be repeated to compare. yolov8n if none.",
    )
    logged = "Run directory with a log of all objects: show those whose loss stayed high, likely wrong labels."
    parser.add_argument("--losses", type=str, default=None, help=logged)
    parser.add_argument("--sheet", type=str, default=LOSSES, help="Where to draw the objects of --losses.")
    parser.add_function_arguments(diagnose, skip={"data", "system", "progress"})
    words = gathered(without_data(words), "--system")
    refuse_idle_diagnosis(given_settings(parser, with_underscores(words)))
    settings = _numbered(_read(parser, words), "sheet", LOSSES)
    losses, sheet = settings.pop("losses"), settings.pop("sheet")
    if losses is not None:
        _show_losses(losses, sheet, settings)
    if losses is not None and not settings["system"]:
        return 0
    with ImageBars() as bars:
        diagnosis = diagnose(**settings, progress=bars.show)
    print(diagnosis.text())
    return diagnosis.exit_code


def _show_losses(losses: str, sheet: str, settings: dict[str, Any]) -> None:
    """Draws and lists the objects whose loss stayed high in a training."""
    from boxwright.data import ReadingLimits, open_dataset
    from boxwright.inspection import losses_sheet, rank_objects

    limits = ReadingLimits(settings["allow_outside"], settings["max_pixels"])
    ranking = rank_objects(losses)
    division = {name: settings[name] for name in ("val", "val_seed")}
    dataset = open_dataset(settings["data"], "train", on_bad=settings["on_bad"], limits=limits, **division)
    losses_sheet(ranking, dataset, sheet)
    print("Objects whose loss stayed high, likely wrong labels (score: mean standing among all objects, 1 the highest)")
    for each in ranking[:OBJECTS_LISTED]:
        box = " ".join(f"{side:.0f}" for side in each.box)
        print(
            f"  {each.rank:>3}  {each.score:.3f}  {visible(each.category)}  "
            f"{visible(each.image) or each.image_id} #{each.row}  box {box}"
        )
    print(f"Pictures: {sheet}")


def run_inspect(words: list[str]) -> None:
    """Writes a page that shows the assignment of some images under each system.

    Args:
        words: As typed.
    """
    from boxwright.inspection import inspect

    parser = _parser("inspect", "Shows in a page which priors answer for which object, and why others do not.")
    parser.add_argument("source", type=str, help='Data set: a folder, an annotation file, or "sample:bccd".')
    # in Python these two also take values that cannot be typed
    parser.add_argument(
        "--system", type=str | list[str], default=[], help="What to inspect; may be repeated to compare."
    )
    several = "Model file, or run directory for its best model, to inspect beside the systems; may be repeated."
    parser.add_argument("--checkpoint", type=str | list[str], default=[], help=several)
    parser.add_function_arguments(inspect, skip={"source", "system", "checkpoint", "progress"})
    parser.set_defaults(output=INSPECTION)
    settings = _read(parser, gathered(gathered(without_data(words), "--system"), "--checkpoint", of_paths=True))
    settings = _numbered(settings, "output", INSPECTION)
    with ImageBars() as bars:
        inspection = inspect(**settings, progress=bars.show)
    objects = sum(int((~image.ignore).sum()) for image in inspection.images)
    names = ", ".join(system.name for system in inspection.systems)
    print(f"{counted(objects, 'object')} in {counted(len(inspection.images), 'image')} under {names}.")
    print(f"Open {settings['output']} in a browser; it needs no network.")


def run_convert(words: list[str]) -> None:
    """Writes a data set in another format, and says what could not be kept.

    Args:
        words: As typed.
    """
    from boxwright.data.conversion import convert

    parser = _parser("convert", "Writes a data set as COCO, Pascal VOC or YOLO, boxes and masks.")
    parser.add_argument("source", type=str, help='Data set: a folder, an annotation file, or "sample:bccd".')
    parser.add_argument("destination", type=str, help="Folder to write, which must be empty or not yet there.")
    parser.add_function_arguments(convert, skip={"source", "destination"})
    print(convert(**_read(parser, words)).text())


def run_doctor(words: list[str]) -> None:
    """Tells what a bug report needs to know about the machine.

    Args:
        words: As typed.
    """
    from boxwright.training import doctor

    _read(_parser("doctor", "Tells the versions, the devices, and which kernels they run."), words)
    print(doctor())


RUNNERS: dict[str, Callable[[list[str]], int | None]] = {
    "train": run_train,
    "evaluate": run_evaluate,
    "predict": run_predict,
    "anchors": run_anchors,
    "convert": run_convert,
    "verify": run_verify,
    "diagnose": run_diagnose,
    "doctor": run_doctor,
    "inspect": run_inspect,
}


def _parser(command: str, description: str) -> SettingsParser:
    parser = SettingsParser(prog=f"boxwright {command}", description=description)
    parser.add_argument("--config", action="config", help="YAML file with settings; flags win.")
    return parser


def _read(parser: SettingsParser, words: list[str]) -> dict[str, Any]:
    typed = files_first(with_truth(parser, with_underscores(words)))
    values = dict(vars(parser.instantiate(parser.parse_args(typed))))
    values.pop("config", None)
    return values


def _numbered(settings: dict[str, Any], name: str, default: str) -> dict[str, Any]:
    """Puts what goes to the default place into a new folder, as trainings do: runs/verify, then runs/verify-2.

    A sheet goes beside what is printed, so it may have a number where its name is taken; a line says so.
    """
    if settings[name] != default:
        if name == "sheet" and settings[name] is not None and os.path.lexists(settings[name]):
            free = str(FreeNames().give(Path(settings[name])))
            say(f"{visible(settings[name])} is there already; the sheet is {visible(free)}.")
            return settings | {name: free}
        return settings
    place = Path(default)
    return settings | {name: str(new_folder(place.parent) / place.name)}
