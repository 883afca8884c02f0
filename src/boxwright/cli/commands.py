"""The settings of every command, read from the definitions of the functions."""

import json
from collections.abc import Callable
from typing import Any

from boxwright.training.arguments import SettingsParser
from boxwright.training.auto_anchor import anchors
from boxwright.training.evaluate import evaluate
from boxwright.training.settings import TrainingSettings
from boxwright.training.train import run_training

PREDICTIONS = "runs/predict"


def run_train(words: list[str]) -> None:
    """Trains.

    Args:
        words: Flags as typed.
    """
    parser = _parser("train", "Trains a detector on your images and measures it.")
    parser.add_class_arguments(TrainingSettings)
    run_training(TrainingSettings(**_read(parser, words)))


def run_evaluate(words: list[str]) -> None:
    """Measures a model.

    Args:
        words: Flags as typed.
    """
    parser = _parser("evaluate", "Measures a trained model on a data set.")
    parser.add_function_arguments(evaluate)
    evaluate(**_read(parser, words))


def run_predict(words: list[str]) -> None:
    """Finds objects, and says how many and where they were written.

    Args:
        words: Flags as typed.
    """
    from boxwright.prediction import predict  # not needed by the other commands

    parser = _parser("predict", "Finds objects in images and videos.")
    parser.add_argument("--model", type=str, required=True, help="Model file, or run directory for its best model.")
    parser.add_argument("--device", type=str, default="auto", help="cpu, cuda, cuda:1, mps or auto.")
    # in Python these two also take values that cannot be typed
    parser.add_function_arguments(predict, skip={"model", "device"})
    parser.set_defaults(output=PREDICTIONS)
    settings = _read(parser, words)
    found = predict(**settings)
    objects = sum(len(detections) for detections in found)
    print(f"{objects} objects in {len(found)} images. The results are in {settings['output']}.")


def run_anchors(words: list[str]) -> None:
    """Measures and fits anchors, and says how to train with them.

    Args:
        words: Flags as typed.
    """
    parser = _parser("anchors", "Measures a system's anchors on your objects, and fits anchors to them.")
    parser.add_function_arguments(anchors)
    report = anchors(**_read(parser, words))
    print(f"{report.verdict()}\n{report.table()}")
    if report.after is not None:
        fitted = json.dumps(report.after.anchors, separators=(",", ":"))
        print(f"To train with the fitted ones: --system_options.anchors='{fitted}'")


RUNNERS: dict[str, Callable[[list[str]], None]] = {
    "train": run_train,
    "evaluate": run_evaluate,
    "predict": run_predict,
    "anchors": run_anchors,
}


def _parser(command: str, description: str) -> SettingsParser:
    parser = SettingsParser(prog=f"boxwright {command}", description=description)
    parser.add_argument("--config", action="config", help="YAML file with settings; flags after it win.")
    return parser


def _read(parser: SettingsParser, words: list[str]) -> dict[str, Any]:
    values = dict(vars(parser.instantiate(parser.parse_args(words))))
    values.pop("config", None)
    return values
