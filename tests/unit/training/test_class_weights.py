"""Weights of classes that a training asks for."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from boxwright import train
from boxwright.cli.commands.train import PARSER
from boxwright.criterion import Criterion, DualCriterion
from boxwright.data import open_parts
from boxwright.errors import ConfigError
from boxwright.settings.training import settings_from
from boxwright.systems import build_system
from boxwright.training.class_weights import (
    balanced_weights,
    class_weights_of,
    object_counts,
    said_of_class_weights,
    with_class_weights,
)


def test_balanced_weights_give_every_class_the_same() -> None:
    weights = balanced_weights([30, 10, 0, 5])
    assert weights == (45 / 90, 45 / 30, 1.0, 45 / 15)
    assert 30 * weights[0] == pytest.approx(10 * weights[1]) == pytest.approx(5 * weights[3]) == pytest.approx(15)
    assert balanced_weights([]) == ()
    assert balanced_weights([7]) == (1.0,)


def test_names_and_counts_are_those_of_the_data(tiny_data: Path) -> None:
    data, _ = open_parts(str(tiny_data), ("train", "val"))
    counts = object_counts(data)
    assert (sum(counts), len(counts)) == (16, 2)
    assert class_weights_of("balanced", data) == balanced_weights(counts)
    assert class_weights_of({"red": 3}, data) == (1.0, 3.0)
    assert class_weights_of({}, data) == (1.0, 1.0)
    assert class_weights_of(None, data) is None
    assert said_of_class_weights((0.5, 3.0), data) == "\nWeights of the classes: green 0.5, red 3."
    assert said_of_class_weights(None, data) == ""
    with pytest.raises(
        ConfigError, match=r"class_weights: Unknown class 'rde'. Did you mean 'red'\? Valid: green, red"
    ):
        class_weights_of({"rde": 3}, data)


@pytest.mark.parametrize("name", ["ssd_tiny", "retinanet_r18", "fcos_r18", "yolov5n", "yolov8n", "yolov8n-seg"])
def test_every_system_takes_them(name: str) -> None:
    system = build_system(name, 2)
    found = with_class_weights(system, (0.5, 2.0))
    weighted = [term.name for term in found.criterion.terms if getattr(term, "class_weights", None)]  # type: ignore[attr-defined]
    assert weighted == ["class"]
    assert with_class_weights(system, None) is system


def test_of_two_heads_both_are_weighed() -> None:
    criterion = with_class_weights(build_system("yolov8n-e2e", 2), (2.0, 0.5)).criterion
    assert isinstance(criterion, DualCriterion)
    for half in (criterion.many, criterion.one):
        assert isinstance(half, Criterion)
        (weighed,) = (term for term in half.terms if term.name == "class")
        assert weighed.class_weights == (2.0, 0.5)  # type: ignore[attr-defined]
    assert criterion.one.assigner != criterion.many.assigner


def test_without_a_class_loss_they_are_refused() -> None:
    with pytest.raises(ConfigError, match="class_weights: yolov5n has no class loss to weigh: with one class"):
        with_class_weights(build_system("yolov5n", 1), (2.0,))
    system = build_system("yolov8n", 2)

    class Own:
        assigner, decode, times_batch_size = (
            getattr(system.criterion, name) for name in ("assigner", "decode", "times_batch_size")
        )
        run, assign = system.criterion.run, system.criterion.assign

    with pytest.raises(ConfigError, match="its criterion is your own"):
        with_class_weights(replace(system, criterion=Own()), (2.0, 1.0))


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"red": -1.0}, "class_weights.red must be a finite number above 0; found -1.0"),
        ({"red": 0}, "must be a finite number above 0"),
        ({"red": math.nan}, "class_weights.red is nan"),
        ({"red": math.inf}, "class_weights.red is inf"),
        ({"red": "much"}, "must be a finite number above 0; found 'much'"),
        ({"red": True}, "must be a finite number above 0; found True"),
        ({"red": None}, "must be a finite number above 0"),
        ("balance", "Did you mean 'balanced'?"),
        (3, "class_weights"),
        ([1, 2], "class_weights"),
    ],
)
def test_what_is_no_weight_is_refused(weights: Any, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        settings_from({"class_weights": weights})
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--class_weights", "balanced"], "balanced"),
        (["--class_weights", "{red: 2, green-ish: 0.5}"], {"red": 2, "green-ish": 0.5}),
        (["--class_weights.red", "2"], {"red": 2}),
        (["--class_weights", "null"], None),
        (["--config", "{class_weights: balanced}"], "balanced"),
        (["--config", "{class_weights: {red: 2}}"], {"red": 2}),
        (["--config", "{class_weights: null}"], None),
    ],
)
def test_flags_and_files_say_the_same(words: list[str], found: object) -> None:
    assert PARSER.given(words) == {"class_weights": found}
    assert settings_from({"class_weights": found}).class_weights == found


@pytest.mark.slow
def test_a_training_counts_classes_by_their_weights(tiny_data: Path, tmp_path: Path, capsys) -> None:
    settings = {"canvas": 64, "epochs": 1, "batch_size": 4, "workers": 0, "accelerator": "cpu", "logger": ""}
    losses = []
    for name, weights in (("plain", None), ("ones", {"red": 1}), ("weighted", {"red": 5, "green": 2})):
        run = train(tiny_data, "yolov5n", output=str(tmp_path), name=name, class_weights=weights, **settings).directory
        head, row = (run / "metrics.csv").read_text().splitlines()
        losses.append(float(dict(zip(head.split(","), row.split(","), strict=True))["class"]))
    assert losses[0] == losses[1] < losses[2]
    assert "Weights of the classes: green 2, red 5." in capsys.readouterr().out
    assert "class_weights:\n  red: 5\n  green: 2\n" in (run / "config.yaml").read_text()
    plain, ones = (load_file(tmp_path / name / "weights" / "last.safetensors") for name in ("plain", "ones"))
    assert all(torch.equal(plain[name], ones[name]) for name in plain)
