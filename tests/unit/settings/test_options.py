"""Options over the recipe of a system."""

import dataclasses

import pytest

from boxwright.data import AugmentationSettings
from boxwright.errors import ConfigError
from boxwright.settings.options import AugmentationOptions, OptimizationOptions, options_of, resolve_recipe
from boxwright.systems import Recipe

RECIPE = Recipe(optimizer="adamw", lr=0.002, momentum=0.9, warmup_bias_lr=0.0)


def test_without_options_the_recipe_stays() -> None:
    assert resolve_recipe(RECIPE, OptimizationOptions(), AugmentationOptions()) == RECIPE


def test_options_win_even_when_zero() -> None:
    found = resolve_recipe(RECIPE, OptimizationOptions(clip_norm=0.0), AugmentationOptions(mosaic=0.0))
    assert (found.clip_norm, found.augmentation.mosaic) == (0.0, 0.0)
    assert found.lr == RECIPE.lr


def test_another_optimizer_brings_its_own_defaults() -> None:
    found = resolve_recipe(RECIPE, OptimizationOptions(optimizer="sgd", lr=0.3), AugmentationOptions())
    assert (found.optimizer, found.lr, found.momentum, found.warmup_bias_lr) == ("sgd", 0.3, 0.937, 0.1)


def test_the_same_optimizer_keeps_the_recipe() -> None:
    assert resolve_recipe(RECIPE, OptimizationOptions(optimizer="adamw"), AugmentationOptions()) == RECIPE


def test_impossible_values_are_refused() -> None:
    with pytest.raises(ConfigError, match="lr must be at least 0"):
        resolve_recipe(RECIPE, OptimizationOptions(lr=-1.0), AugmentationOptions())


def test_a_recipe_as_options_leaves_nothing_out() -> None:
    optimization, augmentation = options_of(RECIPE)
    assert resolve_recipe(Recipe(), optimization, augmentation) == RECIPE
    assert None not in dataclasses.astuple(optimization) + dataclasses.astuple(augmentation)


def test_every_field_of_the_recipe_can_be_set() -> None:
    fields = {entry.name for entry in dataclasses.fields(Recipe)} - {
        "augmentation",
        "adamw_lr",
    }  # that is lr, with optimizer adamw
    assert {entry.name for entry in dataclasses.fields(OptimizationOptions)} == fields
    varied = {entry.name for entry in dataclasses.fields(AugmentationSettings)}
    assert {entry.name for entry in dataclasses.fields(AugmentationOptions)} == varied
