"""Says what of a published recipe was changed to fit a training, and why."""

from boxwright.errors import counted
from boxwright.settings.augmentation import AugmentationSettings
from boxwright.settings.recipe import Recipe
from boxwright.training.occasion import Occasion
from boxwright.training.optimization import schedule_of


def said_of_steps(
    published: Recipe, recipe: Recipe, used: Recipe, occasion: Occasion, batch_size: int, given: set[str]
) -> str:
    """Says how many steps there are, and what follows from that.

    Args:
        published: Recipe of the system.
        recipe: What was chosen in its place.
        used: What is trained by, with what the user has set.
        occasion: What it is fitted to.
        batch_size: Images per batch over all devices.
        given: Names of what the user has set.
    """
    steps, images = _steps(occasion, used, batch_size)
    before = max(occasion.epochs, occasion.passes // published.nominal_batch)
    most = min(occasion.pictures, published.nominal_batch)
    repeated = "" if occasion.pictures == occasion.images else f" ({counted(occasion.pictures, 'picture')} an epoch)"
    said = [
        f"{counted(occasion.images, occasion.noun)}{repeated}, {counted(occasion.epochs, 'epoch')}: "
        f"{counted(steps, 'step')} of {counted(images, occasion.noun)}"
    ]
    if recipe.nominal_batch != published.nominal_batch and (steps, images) != (before, most):
        said[0] += f" in place of {before:,} of {most}"
    if recipe.optimizer != published.optimizer and not {"optimizer", "lr"} & given:
        said.append(f"{recipe.optimizer} at {recipe.lr:g} in place of {published.optimizer} at {published.lr:g}")
    if recipe.ema_tau != published.ema_tau and not {"ema_tau", "ema_decay"} & given:
        said.append(f"the average of the weights spans {counted(round(recipe.ema_tau), 'step')}")
    sizes = _said_of_sizes(published.augmentation, used.augmentation, given)
    if sizes:
        said.append(f"objects of a class differ in size by a factor of {occasion.size_spread:.2f}, so {sizes}")
    whole, usual = (each.augmentation.close_mosaic_epochs for each in (recipe, published))
    if whole != usual and "close_mosaic_epochs" not in given:
        said.append(
            f"no mosaics in the last {counted(whole, 'epoch')} in place of {usual}" if whole else "mosaics to the end"
        )
    return f"{'; '.join(said)}."


def said_of_detector(recipe: Recipe, given: set[str]) -> str:
    """Says what is done more carefully because the weights find objects already.

    Args:
        recipe: Fitted to that.
        given: Names of what the user has set.
    """
    said = [] if "lr" in given else ["half the learning rate"]
    if recipe.warmup_epochs and "warmup_epochs" not in given:
        said.append("a third of the warm-up")
    return f"Weights that find objects already: {', '.join(said)}." if said else ""


def said_of_crowds(objects: int, noun: str, most: int, *, usual: int) -> str:
    """Says that the model finds more objects than is usual, or less than there are.

    Args:
        objects: Of the fullest picture.
        noun: What a picture is, "image" or "tile".
        most: Detections of a picture.
        usual: Most detections of a picture unless that is changed.
    """
    fullest = f"{'An' if noun == 'image' else 'A'} {noun} has up to {counted(objects, 'object')}"
    if most < objects:
        return f"{fullest}, and the model finds {most:,} in one at most: --detections_per_image N gives more."
    if most > usual:
        return f"{fullest}, so with room to spare the model finds up to {most:,} in one in place of {usual:,}."
    return ""


def _said_of_sizes(published: AugmentationSettings, used: AugmentationSettings, given: set[str]) -> str:
    """Says how far sizes are changed, of what is not off and was not given."""
    chosen = {
        name
        for name in ("scale", "zoom_out_largest", "iou_crop_smallest")
        if getattr(used, name) != getattr(published, name) and name not in given
    }
    said = []
    if "scale" in chosen:
        said.append(f"images are scaled by up to {used.scale:.0%} in place of {published.scale:.0%}")
    if used.zoom_out and "zoom_out_largest" in chosen:
        said.append(
            f"frames are up to {used.zoom_out_largest:g} times as large in place of {published.zoom_out_largest:g}"
        )
    if used.iou_crop and "iou_crop_smallest" in chosen:
        said.append(
            f"parts have {used.iou_crop_smallest:.0%} of a side or more in place of {published.iou_crop_smallest:.0%}"
        )
    return ", ".join(said)


def _steps(occasion: Occasion, recipe: Recipe, batch_size: int) -> tuple[int, int]:
    """Counts the steps, and the images of one after the warm-up."""
    batches = -(-occasion.pictures // batch_size)
    schedule = schedule_of(recipe, occasion.epochs, batches, batch_size)
    return schedule.steps(batches), min(occasion.pictures, batch_size * schedule.accumulate)
