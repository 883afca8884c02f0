"""The command that trains once more."""

import shlex
from typing import Any

import pytest

from boxwright.arguments.plain import plain
from boxwright.cli.commands.train import PARSER
from boxwright.training.tuning.train_command import train_command


@pytest.mark.parametrize(
    "given",
    [
        {"data": "my data/$x", "canvas": (64, 96), "epochs": 2, "name": "2024", "output": "runs"},
        {"data": "x", "optimization": {"lr": 1e-05, "clip_norm": 0.0}, "augmentation": {"hsv": (0.0, 0.5, 1e-3)}},
        {"data": "null", "weights": None, "freeze": ["backbone", "neck"], "logger": "", "cache": None},
        {"data": "x", "system_options": {"levels": "2-5", "guarantee": True, "dialect": "16", "empty": "", "no": None}},
        {
            "data": "x",
            "parts": {"assigner": "atss", "assigner.nearest": 7, "box_loss": {"name": "wise_iou", "version": 2}},
        },
        {"data": "-x", "tf32": False, "val": 0.2, "patience": None, "deterministic": True},
    ],
)
def test_the_parser_reads_what_was_given(given: dict[str, Any]) -> None:
    name, command, *words = shlex.split(train_command(given))
    assert (name, command) == ("boxwright", "train")
    assert plain(PARSER.given(words)) == plain(given)
