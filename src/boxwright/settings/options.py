"""Options that stay with the system's recipe unless they are set."""

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

from boxwright.settings.recipe import Recipe


@dataclass(frozen=True)
class OptimizationOptions:
    """How the weights are changed. What is left out comes from the system's recipe.

    Args:
        optimizer: sgd, adamw, or an optimiser of timm by its name there, for instance timm:lamb.
        nesterov: Whether SGD looks ahead.
        lr: Highest learning rate.
        final_lr_fraction: Last learning rate as a fraction of the highest.
        momentum: SGD's momentum or AdamW's first beta.
        weight_decay: At the nominal batch; biases and norms have none.
        warmup_epochs: Length of the warm-up, at most half of the training; 0 turns it off.
        warmup_min_batches: The warm-up has at least so many batches, unless it is off.
        warmup_lr_fraction: The warm-up starts at this fraction of the learning rate.
        warmup_momentum: Momentum at the start of the warm-up.
        warmup_bias_lr: Learning rate of biases at the start of the warm-up.
        schedule: Curve of the learning rate after the warm-up.
        milestones: Fractions of the training after which the schedule "steps" falls, for instance [0.667, 0.917].
        step_factor: What the learning rate is multiplied by at a milestone.
        nominal_batch: Images whose gradients are summed for one step, as nearly as the batch size allows.
        clip_norm: Longest gradient, 0 for no limit.
        ema_decay: Decay of the averaged weights after many steps.
        ema_tau: Steps over which that decay grows; 0 for all of it from the first step on.
    """

    optimizer: str | None = None
    nesterov: bool | None = None
    lr: float | None = None
    final_lr_fraction: float | None = None
    momentum: float | None = None
    weight_decay: float | None = None
    warmup_epochs: float | None = None
    warmup_min_batches: int | None = None
    warmup_lr_fraction: float | None = None
    warmup_momentum: float | None = None
    warmup_bias_lr: float | None = None
    schedule: Literal["linear", "cosine", "steps"] | None = None
    milestones: tuple[float, ...] | None = None
    step_factor: float | None = None
    nominal_batch: int | None = None
    clip_norm: float | None = None
    ema_decay: float | None = None
    ema_tau: float | None = None


@dataclass(frozen=True)
class AugmentationOptions:
    """How training images are varied. What is left out comes from the system's recipe.

    Args:
        mosaic: Probability that four images are composed into one.
        mixup: Probability that two results are blended.
        hsv: Largest relative change of hue, saturation and value.
        degrees: Largest rotation in degrees.
        translate: Largest shift as a fraction of the canvas.
        scale: Largest relative change of size, 0.5 for 0.5 to 1.5.
        shear: Largest shear in degrees.
        flip_horizontal: Probability of a mirror image.
        flip_vertical: Probability of an upside-down image.
        close_mosaic_epochs: Last epochs without mosaic, mixup and pasted objects.
        photometric: Probability of each change of brightness, contrast, saturation, hue and order of channels.
        zoom_out: Probability that an image is put into a larger frame.
        zoom_out_largest: Most times as wide and high as the image that the frame is.
        iou_crop: Probability that a part is cut out that overlaps an object enough.
        iou_crop_smallest: Least share of each side that the part has.
        copy_paste: Probability that objects of another image are pasted into a picture, by their masks.
        multi_scale: Largest relative change of the canvas from batch to batch, 0.5 for 0.5 to 1.5.
        repeat_rare: Share of the images beneath which a category is rare, so that its images come more often.
    """

    mosaic: float | None = None
    mixup: float | None = None
    hsv: tuple[float, float, float] | None = None
    degrees: float | None = None
    translate: float | None = None
    scale: float | None = None
    shear: float | None = None
    flip_horizontal: float | None = None
    flip_vertical: float | None = None
    close_mosaic_epochs: int | None = None
    photometric: float | None = None
    zoom_out: float | None = None
    zoom_out_largest: float | None = None
    iou_crop: float | None = None
    iou_crop_smallest: float | None = None
    copy_paste: float | None = None
    multi_scale: float | None = None
    repeat_rare: float | None = None


# What depends on the optimiser, for a system whose recipe uses the other one; those of timm begin as AdamW does.
OPTIMIZER_DEFAULTS = {
    "sgd": {"lr": 0.01, "momentum": 0.937, "warmup_bias_lr": 0.1},
    "adamw": {"lr": 0.001, "momentum": 0.9, "warmup_bias_lr": 0.0},
}


def resolve_recipe(recipe: Recipe, optimization: OptimizationOptions, augmentation: AugmentationOptions) -> Recipe:
    """Puts what is set in place of what the recipe says.

    If the optimiser is not the one of the recipe, learning rate, momentum and bias warm-up that are left out come
    from `OPTIMIZER_DEFAULTS`, since the recipe's belong to its own optimiser.

    Args:
        recipe: Of the system.
        optimization: What the user set.
        augmentation: What the user set.

    Raises:
        ConfigError: A value is out of range.
    """
    varied = dataclasses.replace(recipe.augmentation, **_given(augmentation))
    return dataclasses.replace(
        with_optimizer(recipe, optimization.optimizer), augmentation=varied, **_given(optimization)
    )


def with_optimizer(recipe: Recipe, optimizer: str | None) -> Recipe:
    """Gives a recipe an optimiser that somebody chose, with learning rate, momentum and bias warm-up of its own.

    Args:
        recipe: Of the system.
        optimizer: None, or that of the recipe, changes nothing.
    """
    if optimizer in (None, recipe.optimizer):
        return recipe
    defaults: dict[str, Any] = dict(OPTIMIZER_DEFAULTS.get(str(optimizer), OPTIMIZER_DEFAULTS["adamw"]))
    return dataclasses.replace(recipe, optimizer=optimizer, **defaults)


def options_of(recipe: Recipe) -> tuple[OptimizationOptions, AugmentationOptions]:
    """Writes a recipe as options with nothing left out, for the resolved configuration.

    Args:
        recipe: Of the system.
    """
    values = {name: getattr(recipe, name) for name in _names(OptimizationOptions)}
    varied = {name: getattr(recipe.augmentation, name) for name in _names(AugmentationOptions)}
    return OptimizationOptions(**values), AugmentationOptions(**varied)


def _given(options: OptimizationOptions | AugmentationOptions) -> dict[str, Any]:
    values = {name: getattr(options, name) for name in _names(type(options))}
    return {name: value for name, value in values.items() if value is not None}


def _names(options: type) -> list[str]:
    return [entry.name for entry in dataclasses.fields(options)]
