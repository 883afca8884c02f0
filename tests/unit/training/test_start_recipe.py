import pytest

from boxwright.settings.recipe import Recipe
from boxwright.systems import build_system
from boxwright.training.start_recipe import said_of_recipe, start_recipe


def test_half_the_rate_and_a_third_of_the_warm_up() -> None:
    recipe = start_recipe(Recipe(lr=0.01, warmup_epochs=3.0, warmup_min_batches=500))
    assert (recipe.lr, recipe.warmup_epochs, recipe.warmup_min_batches) == (0.005, 1.0, 167)


@pytest.mark.parametrize("name", ["yolov8n", "yolov5n", "ssd_tiny", "retinanet_r18"])
def test_what_is_other_is_said(name: str) -> None:
    usual = build_system(name, 2).recipe
    said = said_of_recipe(usual, start_recipe(usual))
    assert f"lr {usual.lr / 2:g} in place of {usual.lr:g}, warmup_" in said
    assert said.endswith("unless --optimization says otherwise.")


def test_nothing_is_said_of_nothing() -> None:
    assert said_of_recipe(Recipe(lr=0.0), Recipe(lr=0.0)) == ""
