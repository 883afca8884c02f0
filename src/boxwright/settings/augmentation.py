"""Which random changes training images undergo."""

import math
from dataclasses import dataclass

from boxwright.errors import ConfigError


@dataclass(frozen=True, slots=True)
class AugmentationSettings:
    """How training images are varied; the defaults are those published for YOLOv8.

    Args:
        mosaic: Probability that a picture is composed of four images.
        mixup: Probability that a mosaic is blended with another one.
        hsv: Largest relative change of hue, saturation and value, 0 to 1 each.
        degrees: Largest rotation to either side, 0 to 180.
        translate: Largest shift as a fraction of the canvas, 0 to 1.
        scale: Largest relative change of size: 0.5 scales by 0.5 to 1.5. 0 to below 1.
        shear: Largest shear angle in degrees along each axis, 0 to below 90.
        flip_horizontal: Probability of mirroring left and right.
        flip_vertical: Probability of mirroring top and bottom.
        close_mosaic_epochs: Number of last epochs without mosaic, mixup and pasted objects.
        photometric: Probability of each change of `PhotometricDistortion`: brightness, contrast, saturation, hue, order
            of channels.
        zoom_out: Probability that an image is put into a larger frame (no mosaics).
        zoom_out_largest: Most times as wide and high as the image that the frame is, 1 or more.
        iou_crop: Probability that a part is cut out that overlaps an object enough, see `IoUCrop` (no mosaics).
        iou_crop_smallest: Least share of each side that the part has, above 0 to 1.
        multi_scale: Largest relative change of the canvas from batch to batch, see `BatchCanvas`; 0 to below 1.
        repeat_rare: Share of the images beneath which a category is rare, so that its images come more often, see
            `repeat_factors`; 0 to 1, 0 for none.
        copy_paste: Probability that objects of another image are pasted into a picture, see `CopyPaste`.

    Raises:
        ConfigError: A value is out of its range; all such values are listed.
    """

    mosaic: float = 1.0
    mixup: float = 0.0
    hsv: tuple[float, float, float] = (0.015, 0.7, 0.4)
    degrees: float = 0.0
    translate: float = 0.1
    scale: float = 0.5
    shear: float = 0.0
    flip_horizontal: float = 0.5
    flip_vertical: float = 0.0
    close_mosaic_epochs: int = 10
    photometric: float = 0.0
    zoom_out: float = 0.0
    zoom_out_largest: float = 4.0
    iou_crop: float = 0.0
    iou_crop_smallest: float = 0.3
    copy_paste: float = 0.0
    multi_scale: float = 0.0
    repeat_rare: float = 0.0

    def __post_init__(self) -> None:
        """Checks the ranges."""
        faults = [f"{name} = {value} {rule}" for name, value, good, rule in self._rules() if not good]
        if faults:
            raise ConfigError(f"Augmentation settings out of range: {'; '.join(faults)}. Correct them.")

    def _rules(self) -> list[tuple[str, object, bool, str]]:
        fractions = ["mosaic", "mixup", "translate", "flip_horizontal", "flip_vertical"]
        fractions += ["photometric", "zoom_out", "iou_crop", "copy_paste", "repeat_rare"]
        rules: list[tuple[str, object, bool, str]] = [
            (name, getattr(self, name), 0 <= getattr(self, name) <= 1, "must be 0 to 1") for name in fractions
        ]
        return [
            *rules,
            ("hsv", self.hsv, len(self.hsv) == 3 and all(0 <= gain <= 1 for gain in self.hsv), "needs three of 0 to 1"),
            ("degrees", self.degrees, 0 <= self.degrees <= 180, "must be 0 to 180"),
            ("scale", self.scale, 0 <= self.scale < 1, "must be 0 to below 1"),
            ("zoom_out_largest", self.zoom_out_largest, 1 <= self.zoom_out_largest < math.inf, "must be 1 or more"),
            ("iou_crop_smallest", self.iou_crop_smallest, 0 < self.iou_crop_smallest <= 1, "must be above 0 to 1"),
            ("multi_scale", self.multi_scale, 0 <= self.multi_scale < 1, "must be 0 to below 1"),
            ("shear", self.shear, 0 <= self.shear < 90, "must be 0 to below 90"),
            ("close_mosaic_epochs", self.close_mosaic_epochs, self.close_mosaic_epochs >= 0, "must be 0 or more"),
        ]

    def mosaic_in(self, epoch: int, epochs: int) -> bool:
        """Says whether an epoch uses mosaic, mixup and pasted objects at all.

        Args:
            epoch: From 0.
            epochs: Number of epochs of the run.
        """
        return epoch < epochs - self.close_mosaic_epochs
