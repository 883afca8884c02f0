"""How a system is trained unless the user says otherwise."""

from dataclasses import dataclass, field, fields
from typing import Literal

from boxwright.errors import ConfigError
from boxwright.settings.augmentation import AugmentationSettings

MOST_DETECTIONS = 10_000
"""Of one image that a training chooses, and for which a model file raises the limits of candidates."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The training defaults of a system.

    Args:
        optimizer: "sgd", "adamw", or one of timm by its name there, such as "timm:lamb".
        nesterov: Whether SGD looks ahead.
        lr: Learning rate after warm-up.
        final_lr_fraction: The schedule ends at this fraction of `lr`.
        momentum: Of SGD, or the first beta of AdamW.
        weight_decay: On the weights of convolutions only, for `nominal_batch` images.
        warmup_epochs: Length of the warm-up; fractions are allowed, 0 turns it off.
        warmup_min_batches: The warm-up has at least so many batches, unless it is off.
        warmup_lr_fraction: The warm-up starts at this fraction of the learning rate.
        warmup_momentum: Momentum at the first step.
        warmup_bias_lr: Learning rate of the biases at the first step.
        schedule: How the learning rate falls: on a line, on half a cosine, or by steps.
        milestones: Fractions of the training after which it falls by a step.
        step_factor: What it is multiplied by at a step.
        nominal_batch: Gradients are accumulated until about this many images have been seen.
        clip_norm: Largest norm of the gradient.
        ema_decay: Decay of the averaged weights once it has ramped up.
        ema_tau: Updates that the ramp of the decay takes; 0 for none.
        augmentation: How training images are varied.
        adamw_lr: Learning rate of AdamW, which trains in place of SGD where there are few images.
    """

    optimizer: str = "sgd"
    nesterov: bool = True
    lr: float = 0.01
    final_lr_fraction: float = 0.01
    momentum: float = 0.937
    weight_decay: float = 5e-4
    warmup_epochs: float = 3.0
    warmup_min_batches: int = 100
    warmup_lr_fraction: float = 0.0
    warmup_momentum: float = 0.8
    warmup_bias_lr: float = 0.1
    schedule: Literal["linear", "cosine", "steps"] = "linear"
    milestones: tuple[float, ...] = (2 / 3, 11 / 12)
    step_factor: float = 0.1
    nominal_batch: int = 64
    clip_norm: float = 10.0
    ema_decay: float = 0.9999
    ema_tau: float = 2000.0
    augmentation: AugmentationSettings = field(default_factory=AugmentationSettings)
    adamw_lr: float = 0.001

    def __post_init__(self) -> None:
        """Checks names and ranges."""
        if self.optimizer not in ("sgd", "adamw") and not self.optimizer.startswith("timm:"):
            raise ConfigError(
                f"optimizer must be one of sgd, adamw, or of timm, such as timm:lamb; found {self.optimizer!r}."
            )
        if self.schedule not in ("linear", "cosine", "steps"):
            raise ConfigError(f"schedule must be one of linear, cosine, steps; found {self.schedule!r}.")
        for name in ("final_lr_fraction", "ema_decay", "warmup_lr_fraction", "step_factor"):
            _check_range(self, name, 0.0, 1.0)
        for name in ("momentum", "warmup_momentum"):
            value = getattr(self, name)
            if not 0 <= value < 1:  # with 1 nothing is ever forgotten, and AdamW divides by 0
                raise ConfigError(f"{name} must be at least 0 and below 1; found {value}.")
        for name in ("lr", "weight_decay", "warmup_epochs", "warmup_bias_lr", "clip_norm", "ema_tau", "adamw_lr"):
            _check_range(self, name, 0.0, float("inf"))
        if list(self.milestones) != sorted(set(self.milestones)) or not all(0 < part < 1 for part in self.milestones):
            raise ConfigError(
                f"milestones are fractions of the training between 0 and 1, ascending; found {self.milestones}. For "
                "epochs 8 and 11 of 12 give 0.667 and 0.917."
            )
        if self.warmup_min_batches < 0:
            raise ConfigError(f"warmup_min_batches must be 0 or more; found {self.warmup_min_batches}.")
        if self.nominal_batch < 1:
            raise ConfigError(f"nominal_batch must be at least 1 image; found {self.nominal_batch}.")


def _check_range(recipe: Recipe, name: str, low: float, high: float) -> None:
    assert name in {entry.name for entry in fields(recipe)}
    value = getattr(recipe, name)
    if not low <= value <= high or value == float("inf"):
        limits = f"at least {low:g}" if high == float("inf") else f"between {low:g} and {high:g}"
        raise ConfigError(f"{name} must be {limits}; found {value}.")
