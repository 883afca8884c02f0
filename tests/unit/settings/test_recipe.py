import dataclasses

import pytest

from boxwright.errors import ConfigError
from boxwright.systems import Recipe


def test_the_defaults_are_the_published_ones_for_long_trainings() -> None:
    recipe = Recipe()
    assert (recipe.optimizer, recipe.lr, recipe.momentum, recipe.weight_decay) == ("sgd", 0.01, 0.937, 5e-4)
    assert (recipe.warmup_epochs, recipe.warmup_momentum, recipe.warmup_bias_lr) == (3.0, 0.8, 0.1)
    assert (recipe.nominal_batch, recipe.clip_norm, recipe.ema_decay, recipe.ema_tau) == (64, 10.0, 0.9999, 2000)
    assert (recipe.augmentation.mosaic, recipe.augmentation.close_mosaic_epochs) == (1.0, 10)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lr": -1.0}, "lr must be at least 0; found -1.0"),
        ({"lr": float("nan")}, "lr must be at least 0; found nan"),
        ({"lr": float("inf")}, "lr must be at least 0; found inf"),
        ({"momentum": 1.5}, "momentum must be at least 0 and below 1; found 1.5"),
        ({"momentum": 1.0, "optimizer": "adamw"}, "momentum must be at least 0 and below 1; found 1.0"),
        ({"warmup_momentum": 1.0}, "warmup_momentum must be at least 0 and below 1"),
        ({"nominal_batch": 0}, "nominal_batch must be at least 1"),
        ({"milestones": (0.9, 0.5)}, "milestones are fractions of the training between 0 and 1, ascending"),
        ({"milestones": (8.0, 11.0)}, r"found \(8\.0, 11\.0\)\. For epochs 8 and 11 of 12 give"),
        ({"warmup_min_batches": -1}, "warmup_min_batches must be 0 or more"),
        ({"warmup_lr_fraction": 2.0}, "warmup_lr_fraction must be between 0 and 1"),
    ],
)
def test_impossible_values_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(Recipe(), **change)


@pytest.mark.parametrize(("field", "known"), [("optimizer", "sgd, adamw"), ("schedule", "linear, cosine, steps")])
def test_unknown_names_are_refused(field: str, known: str) -> None:
    recipe = Recipe()
    object.__setattr__(recipe, field, "adagrad")  # the shape checks of the tests would stop the constructor first
    with pytest.raises(ConfigError, match=f"{field} must be one of {known}.*; found 'adagrad'"):
        recipe.__post_init__()
