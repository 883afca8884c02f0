"""The settings of every command, read from the definitions of the functions."""

from collections.abc import Callable
from typing import Any

from boxwright.training.arguments import SettingsParser
from boxwright.training.evaluate import evaluate
from boxwright.training.settings import TrainingSettings
from boxwright.training.train import run_training


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
    """Finds objects.

    Args:
        words: Flags as typed.
    """
    from boxwright.prediction import predict

    parser = _parser("predict", "Finds objects in images and videos.")
    parser.add_function_arguments(predict)
    for _ in predict(**_read(parser, words)):
        pass


RUNNERS: dict[str, Callable[[list[str]], None]] = {
    "train": run_train,
    "evaluate": run_evaluate,
    "predict": run_predict,
}


def _parser(command: str, description: str) -> SettingsParser:
    parser = SettingsParser(prog=f"boxwright {command}", description=description)
    parser.add_argument("--config", action="config", help="YAML file with settings; flags after it win.")
    return parser


def _read(parser: SettingsParser, words: list[str]) -> dict[str, Any]:
    values = dict(vars(parser.instantiate(parser.parse_args(words))))
    values.pop("config", None)
    return values
