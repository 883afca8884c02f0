"""How a training differs that starts from weights of a whole detector."""

from dataclasses import replace

from boxwright.settings.recipe import Recipe

SLOWER = 0.5
SHORTER = 1 / 3


def start_recipe(recipe: Recipe) -> Recipe:
    """Gives the recipe of a start from weights: half the learning rate, a third of the warm-up.

    A network that finds objects already has less to learn, and a fast start would undo what it knows.

    Args:
        recipe: Of a start from nothing.
    """
    return replace(
        recipe,
        lr=recipe.lr * SLOWER,
        warmup_epochs=recipe.warmup_epochs * SHORTER,
        warmup_min_batches=round(recipe.warmup_min_batches * SHORTER),
    )


def said_of_recipe(usual: Recipe, recipe: Recipe) -> str:
    """Says what is other than in a start from nothing, and how to choose otherwise.

    Args:
        usual: Of a start from nothing.
        recipe: Of this one.
    """
    names = [
        name for name in ("lr", "warmup_epochs", "warmup_min_batches") if getattr(recipe, name) != getattr(usual, name)
    ]
    if not names:
        return ""
    changed = ", ".join(f"{name} {getattr(recipe, name):g} in place of {getattr(usual, name):g}" for name in names)
    return f" The recipe is that of a start from weights: {changed}, unless --optimization says otherwise."
