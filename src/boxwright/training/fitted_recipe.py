"""The recipe that fits a training: the published one where there is plenty, more and smaller steps where there is not.

Published recipes are those of hundreds of thousands of steps. On a few hundred images they end before the network has
learned what the images could teach it. docs/recipes.md has what each of the changes made here is worth.
"""

from dataclasses import asdict, dataclass, replace

from boxwright.settings.augmentation import AugmentationSettings
from boxwright.settings.options import AugmentationOptions, OptimizationOptions, resolve_recipe, with_optimizer
from boxwright.settings.recipe import MOST_DETECTIONS, Recipe
from boxwright.training.occasion import Occasion
from boxwright.training.recipe_reasons import said_of_detector, said_of_steps

PLENTY = 10_000
"""Steps from which on the published recipe is left alone."""

WANTED = 4_000
"""Steps that a training should have."""

FEWEST_IMAGES = 4
"""Of a step. With fewer, batch norms measure too little, and an epoch takes longer."""

PUBLISHED_BATCH = 16
"""Images per batch of a published recipe, and the most of a fitted one that was not told."""

WARMUP_SHARE = 0.1
"""Longest warm-up, as a share of the training."""

AVERAGE_SHARE = 0.1
"""Steps that the average of the weights spans, as a share of the training."""

WHOLE_SHARE = 1 / 3
"""Last epochs without mosaics, as a share of the training."""

LEAST_SCALE = 0.1
"""Of the range in which images are enlarged and reduced, where objects of a class have one size."""

PLACES = 2
"""Detections of an image for each object of the fullest: what is found wrongly takes a place too."""

SLOWER = 0.5
"""Learning rate of a start from a detector, as a share: a fast start would undo what it knows."""

SHORTER = 1 / 3
"""Warm-up of a start from a detector, as a share."""


@dataclass(frozen=True, slots=True)
class FittedRecipe:
    """A recipe, with the reasons for what it changes.

    Args:
        recipe: To train by, unless the user says otherwise.
        batch_size: Images per batch over all devices.
        max_detections: Most detections of an image; None leaves it to the system.
        text: What was changed and why, for the user to read; empty where the published recipe fits.
    """

    recipe: Recipe
    batch_size: int = PUBLISHED_BATCH
    max_detections: int | None = None
    text: str = ""


def fitted_recipe(
    published: Recipe,
    occasion: Occasion,
    given: OptimizationOptions | None = None,
    augmentation: AugmentationOptions | None = None,
) -> FittedRecipe:
    """Chooses what the user leaves out.

    Args:
        published: Recipe of the system.
        occasion: What it has to fit.
        given: What the user has set, to which the rest is fitted.
        augmentation: What the user has set; it is not said to be chosen.
    """
    given, augmentation = given or OptimizationOptions(), augmentation or AugmentationOptions()
    names, passes = _names_in(given, augmentation), occasion.passes
    recipe, is_few = published, passes < PLENTY * published.nominal_batch
    if is_few:
        nominal = given.nominal_batch or _images_per_step(passes, published.nominal_batch, occasion)
        steps = max(occasion.epochs, passes // max(nominal, occasion.batch_size or 1))
        recipe = _for_few_steps(published, steps, nominal, occasion, given)
    batch = occasion.batch_size or _evenly(min(PUBLISHED_BATCH, recipe.nominal_batch), occasion.devices)
    chosen = recipe
    recipe = with_optimizer(recipe, given.optimizer)
    if occasion.beginning == "detector":
        recipe = replace(
            recipe,
            lr=recipe.lr * SLOWER,
            warmup_epochs=recipe.warmup_epochs * SHORTER,
            warmup_min_batches=round(recipe.warmup_min_batches * SHORTER),
        )
    used = resolve_recipe(recipe, given, augmentation)
    said = [
        said_of_steps(published, chosen, used, occasion, batch, names) if is_few else "",
        said_of_detector(recipe, names) if occasion.beginning == "detector" else "",
    ]
    return FittedRecipe(recipe, batch, _detections_per_image(occasion), " ".join(filter(None, said)))


def _images_per_step(passes: int, published: int, occasion: Occasion) -> int:
    """Gives the largest power of two that leaves the steps wanted; a batch that was given is one step at least."""
    images = FEWEST_IMAGES
    while images * 2 <= passes / WANTED:
        images *= 2
    return min(max(images, occasion.devices, occasion.batch_size or 1), published)


def _detections_per_image(occasion: Occasion) -> int | None:
    """Leaves places for all objects of the fullest image, in hundreds."""
    if occasion.max_detections is None:
        return None
    places = -(-occasion.most_objects * PLACES // 100) * 100
    return max(occasion.max_detections, min(places, MOST_DETECTIONS))


def _for_few_steps(
    published: Recipe, steps: int, images_per_step: int, occasion: Occasion, given: OptimizationOptions
) -> Recipe:
    span, epochs = max(1.0, steps * AVERAGE_SHARE), occasion.epochs
    recipe = replace(
        published,
        nominal_batch=images_per_step,
        warmup_epochs=min(published.warmup_epochs and max(published.warmup_epochs, 1.0), epochs * WARMUP_SHARE),
        warmup_min_batches=min(published.warmup_min_batches, round(steps * WARMUP_SHARE)),
        ema_decay=min(published.ema_decay, 1 - 1 / span),
        ema_tau=min(published.ema_tau, span),
        augmentation=_fitted_augmentation(published.augmentation, occasion),
    )
    is_chosen = given.optimizer not in (None, "adamw") or (given.optimizer is None and given.lr is not None)
    if published.optimizer == "adamw" or is_chosen:  # a learning rate alone is one for the published optimiser
        return recipe
    return replace(
        recipe,
        optimizer="adamw",
        schedule="linear",
        lr=published.adamw_lr,
        momentum=0.9,
        warmup_bias_lr=0.0,
    )


def _fitted_augmentation(published: AugmentationSettings, occasion: Occasion) -> AugmentationSettings:
    """Ends mosaics earlier, and scales by no more than what sizes of objects differ by: other sizes never come."""
    epochs, fitted = occasion.epochs, published
    if occasion.size_spread is not None:
        factor = round(max(1 + LEAST_SCALE, occasion.size_spread), 2)
        fitted = replace(
            fitted,
            scale=min(published.scale, round(factor - 1, 2)),
            zoom_out_largest=min(published.zoom_out_largest, factor),
            iou_crop_smallest=max(published.iou_crop_smallest, round(1 / factor, 2)),
        )
    if not published.mosaic:
        return fitted
    whole = max(min(published.close_mosaic_epochs, epochs // 2), round(epochs * WHOLE_SHARE))
    return replace(fitted, close_mosaic_epochs=whole)


def _names_in(*options: OptimizationOptions | AugmentationOptions) -> set[str]:
    """Names what the user has set."""
    return {name for each in options for name, value in asdict(each).items() if value is not None}


def _evenly(batch_size: int, devices: int) -> int:
    return -(-batch_size // devices) * devices
