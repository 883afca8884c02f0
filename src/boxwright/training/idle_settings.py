"""Settings that were changed and change nothing, each with the reason."""

from collections.abc import Iterator

from boxwright.data import Dataset
from boxwright.data.loading.batch_canvas import BatchCanvas
from boxwright.data.loading.repeat_factors import repeat_factors
from boxwright.errors import counted
from boxwright.geometry.tiling import DEFAULT_OVERLAP
from boxwright.settings.training import TrainingSettings
from boxwright.systems import Recipe, System, system_options


def idle_settings(
    settings: TrainingSettings, system: System, usual: Recipe, recipe: Recipe, pictures: Dataset
) -> list[str]:
    """Lists what is set otherwise than it would be, and has no effect in this combination.

    Args:
        settings: As given.
        system: What is trained.
        usual: How it would be trained if the settings said nothing.
        recipe: How it is.
        pictures: To train on.
    """
    found = [*_of_optimization(usual, recipe), *_of_augmentation(usual, recipe, settings.epochs)]
    found += [*_of_pasting(system, recipe, settings.epochs), *_of_canvases(settings, system, recipe)]
    found += _of_repeating(recipe.augmentation.repeat_rare, pictures, "images" if settings.tile is None else "tiles")
    return [*found, *_of_training(settings, system)]


def _of_optimization(usual: Recipe, recipe: Recipe) -> Iterator[str]:
    def changed(*names: str) -> list[str]:
        return [name for name in names if getattr(recipe, name) != getattr(usual, name)]

    reasons = {
        f"the schedule is {recipe.schedule}": changed("milestones", "step_factor")
        if recipe.schedule != "steps"
        else changed("final_lr_fraction"),
        f"the optimizer is {recipe.optimizer}": changed("nesterov") if recipe.optimizer != "sgd" else [],
        "momentum is 0": changed("nesterov") if recipe.optimizer == "sgd" and not recipe.momentum else [],
        "ema_decay is 0": changed("ema_tau") if not recipe.ema_decay else [],
    }
    if not recipe.warmup_epochs:
        bias = ["warmup_bias_lr"] if recipe.optimizer == usual.optimizer else []  # else it comes unasked
        reasons["there is no warm-up"] = changed("warmup_min_batches", "warmup_lr_fraction", "warmup_momentum", *bias)
    yield from (f"optimization.{name} ({reason})" for reason, names in reasons.items() for name in names)


def _of_augmentation(usual: Recipe, recipe: Recipe, epochs: int) -> Iterator[str]:
    varied, before = recipe.augmentation, usual.augmentation
    if varied.mosaic and not varied.mosaic_in(0, epochs):
        reason = f"close_mosaic_epochs is {varied.close_mosaic_epochs}, in {counted(epochs, 'epoch')}"
        yield f"augmentation.mosaic{' and mixup' if varied.mixup else ''} ({reason})"
    if not varied.mosaic:
        if varied.mixup:
            yield "augmentation.mixup (only mosaics are blended, and mosaic is 0)"
        ends_pasting = varied.copy_paste > 0
        if varied.close_mosaic_epochs and varied.close_mosaic_epochs != before.close_mosaic_epochs and not ends_pasting:
            yield "augmentation.close_mosaic_epochs (mosaic is 0)"
    for name, size in (("zoom_out", "zoom_out_largest"), ("iou_crop", "iou_crop_smallest")):
        if not getattr(varied, name) and getattr(varied, size) != getattr(before, size):
            yield f"augmentation.{size} ({name} is 0)"
    if varied.mosaic == 1 and not varied.close_mosaic_epochs:
        for name in ("zoom_out", "iou_crop"):
            if getattr(varied, name):
                yield f"augmentation.{name} (every picture is a mosaic)"


def _of_pasting(system: System, recipe: Recipe, epochs: int) -> Iterator[str]:
    if not recipe.augmentation.copy_paste:
        return
    if system.mask_stride is None:
        yield f"augmentation.copy_paste (objects are cut out by their masks, and {system.name} has none)"
    elif not recipe.augmentation.mosaic_in(0, epochs):
        closed = recipe.augmentation.close_mosaic_epochs
        yield f"augmentation.copy_paste (close_mosaic_epochs is {closed}, in {counted(epochs, 'epoch')})"


def _of_canvases(settings: TrainingSettings, system: System, recipe: Recipe) -> Iterator[str]:
    spread = recipe.augmentation.multi_scale
    if spread and len(BatchCanvas(settings.canvas_size, spread, system.max_stride).canvases) == 1:
        yield f"augmentation.multi_scale (so near the canvas there is no other multiple of {system.max_stride})"


def _of_repeating(rare: float, pictures: Dataset, nouns: str) -> Iterator[str]:
    if rare and (repeat_factors(pictures, rare) == 1).all():
        yield f"augmentation.repeat_rare (no category that is shown is in less than {rare:.3g} of the {nouns})"


def _of_training(settings: TrainingSettings, system: System) -> Iterator[str]:
    if settings.auto_anchor == "check" and "anchors" not in system_options(settings.system):
        yield f"auto_anchor ({settings.system} has no anchors)"
    if settings.freeze_epochs is not None and not settings.frozen_prefixes:
        yield "freeze_epochs (freeze names nothing)"
    if settings.val_seed and isinstance(settings.val, str):
        yield f"val_seed ({settings.val} says which images)"
    if settings.tile is None and settings.tile_overlap != DEFAULT_OVERLAP:
        yield "tile_overlap (there are no tiles)"
    if settings.patience is not None and settings.patience >= settings.epochs:
        yield f"patience ({settings.patience}, in {counted(settings.epochs, 'epoch')})"
    if system.num_classes == 1 and "anchors" in system_options(settings.system):
        usual = system_options(settings.system)
        for name in ("label_smoothing", "class_positive_weight"):
            if system.options[name] != usual[name]:
                yield f"system_options.{name} (with one category there is no class loss)"
    if settings.weights is not None and settings.system_options.get("pretrained"):
        yield "system_options.pretrained, for the weights (they start from --weights)"
