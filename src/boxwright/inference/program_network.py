"""An exported network in the place of one of torch."""

from collections.abc import Sequence

import torch
from torch import Tensor

from boxwright.bounded_text import LONGEST_NAME, bounded
from boxwright.coders.prototype_mask import decode_masks
from boxwright.errors import ConfigError, DataError, counted
from boxwright.geometry.letterbox import resized_size
from boxwright.inference.program_system import ProgramSystem
from boxwright.postprocessing import to_original
from boxwright.structures import Batch, Detections, ImageOrigin, MaskPredictions, Predictions, Priors
from boxwright.structures.dense_array import level_views


class ProgramNetwork:
    """Feeds an exported file as it wants it, and gives what it finds the form that a network of torch gives.

    Args:
        system: Whose file it is.
        canvas_size: Height and width in pixels.
        device: Where it is wanted; `device` says where its outputs are.
        precision: Of the settings; the file has its own.

    Raises:
        ConfigError: The file does not allow the canvas, or fixes something else.
    """

    def __init__(
        self, system: ProgramSystem, canvas_size: tuple[int, int], device: torch.device, precision: str
    ) -> None:
        self.system, self.description, self.canvas_size = system, system.description, canvas_size
        self._check(precision)
        self._program = system.program(device)
        self.device = self._program.device

    def predictions(self, images: Tensor, priors: Priors) -> Predictions:
        """Gives decoded boxes and scores in the form of raw predictions; the system's postprocessor reads them.

        Args:
            images: Bytes on the canvas, `batch 3 height width`.
            priors: Of the canvas.

        Raises:
            ConfigError: The file removes repeated boxes itself, and has no such outputs.
        """
        if self.description.suppresses:
            raise ConfigError(
                f"{self.system.path} removes repeated boxes itself, so there are no raw predictions to look at. Export "
                "the model with --nms none for this."
            )
        boxes, scores, *masks = self.outputs(images, None)
        found = Predictions.from_dense(scores, boxes, priors)
        if not masks:
            return found
        coefficients = level_views(masks[0], priors.grids)
        return Predictions(found.class_logits, found.box_codes, masks=MaskPredictions(coefficients, masks[1]))

    def detections(self, batch: Batch) -> list[Detections]:
        """Finds the objects by a file that removes repeated boxes itself.

        Args:
            batch: Images on the canvas; their origins have the way back.
        """
        windows = torch.tensor([window_of(origin, self.canvas_size) for origin in batch.origins]).view(-1, 4)
        rows, counts, *masks = self.outputs(batch.images, windows)
        numbers = counts.tolist()
        found = [self._of_image(rows[i, : numbers[i]], origin) for i, origin in enumerate(batch.origins)]
        if not masks:
            return [detections for detections, _ in found]
        return [
            _with_masks(detections, masks[0][i, : numbers[i]][kept], masks[1][i], self.canvas_size)
            for i, (detections, kept) in enumerate(found)
        ]

    def outputs(self, images: Tensor, windows: Tensor | None) -> list[Tensor]:
        """Runs the file, in portions if it takes a fixed number of images.

        Args:
            images: Bytes on the canvas, RGB.
            windows: Where the images lie in it, for a file that removes repeated boxes.
        """
        pixels = images.cpu()
        if self.description.takes_bytes:
            pixels = pixels.flip(1) if self.description.channel_order == "bgr" else pixels
        else:
            pixels = self.system.normalization(pixels)
        inputs = [pixels] if windows is None else [pixels, windows.cpu()]
        size = self.description.batch or max(len(images), 1)
        parts = [
            self._run([each[start : start + size] for each in inputs], size) for start in range(0, len(images), size)
        ]
        return [torch.cat(part) for part in zip(*parts, strict=True)]

    def _run(self, inputs: Sequence[Tensor], size: int) -> list[Tensor]:
        count = len(inputs[0])
        if count < size:  # the rest is made of the last image, and thrown away
            inputs = [torch.cat((each, each[-1:].expand(size - count, *each.shape[1:]))) for each in inputs]
        return [each[:count] for each in self._outputs_of_file(inputs)]

    def _outputs_of_file(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        try:
            outputs = self._program(inputs)
        except (MemoryError, torch.OutOfMemoryError):
            raise
        except Exception as error:  # every program has its own
            height, width = self.canvas_size
            reason = bounded(str(error).strip().partition("\n")[0], LONGEST_NAME)
            raise DataError(
                f"{self.system.path} cannot run on {counted(len(inputs[0]), 'image')} of {height} × {width} "
                f"({reason}). Export the model anew."
            ) from error
        if len(outputs) != len(self._shapes) or not all(
            _has_shape(each, (len(inputs[0]), *wanted)) for each, wanted in zip(outputs, self._shapes, strict=True)
        ):
            found = ", ".join(f"{tuple(each.shape)}" for each in outputs)
            raise DataError(
                f"{self.system.path} gives {', '.join(self.description.outputs)} of other shapes than it says: "
                f"{found}. It is not the file that was exported; export the model anew."
            )
        return outputs

    @property
    def _shapes(self) -> tuple[tuple[int | None, ...], ...]:
        """What an output of an image has to look like; None for any size."""
        rows = self.description.postprocessing["max_detections"] if self.description.suppresses else None
        first: tuple[tuple[int | None, ...], ...] = (
            ((rows, 6), ()) if rows else ((None, 4), (None, self.system.num_classes))
        )
        has_masks = self.system.mask_stride is not None
        return (*first, (rows, None), (None, None, None)) if has_masks else first

    def _of_image(self, rows: Tensor, origin: ImageOrigin) -> tuple[Detections, Tensor]:
        rule = self.system.postprocessor
        boxes = to_original(rows[:, :4], origin, self.canvas_size)
        scores, labels = rows[:, 4], rows[:, 5].long()
        is_wanted = scores > rule.score_threshold
        if rule.keeps is not None:
            is_wanted &= rule.keeps(boxes, labels)
        kept = is_wanted.nonzero().squeeze(1)[: rule.max_detections]
        return Detections(boxes[kept], scores[kept], labels[kept], origin), kept

    def _check(self, precision: str) -> None:
        path, said = self.system.path, self.description
        if precision != "32":
            raise ConfigError(
                f"precision: that of {path} was fixed when it was exported ({said.precision}). Leave it out, or export "
                "the model with --precision 16."
            )
        multiple, (height, width) = said.canvas_multiple, self.canvas_size
        if multiple is None and (height, width) != tuple(said.canvas_size):
            fixed = " × ".join(str(side) for side in said.canvas_size)
            raise ConfigError(
                f"canvas: {path} works on {fixed} only; found {height} × {width}. Leave the canvas out, or export the "
                "model with --canvas dynamic."
            )
        least = max(each["stride"] for each in said.levels)
        if said.program == "torch" and multiple is not None and min(height, width) <= least:
            raise ConfigError(
                f"canvas: a program of torch.export works on sides above {least} for this system; found {height} × "
                f"{width}. Take a larger canvas, or export the model with --canvas [{height},{width}]."
            )
        if said.suppresses:
            self._check_suppression()

    def _check_suppression(self) -> None:
        """Raises an error where the settings ask for what the file has done otherwise."""
        rule, fixed, path = self.system.postprocessor, self.description.postprocessing, self.system.path
        found = {name: getattr(rule, name) for name in ("iou_threshold", "multi_label", "class_agnostic")}
        wrong = {name: value for name, value in found.items() if value != fixed.get(name, False)}
        if rule.score_threshold < fixed["score_threshold"]:
            wrong["score_threshold"] = rule.score_threshold
        if rule.max_detections > fixed["max_detections"]:
            wrong["max_detections"] = rule.max_detections
        if not wrong:
            return
        name, value = next(iter(wrong.items()))
        has = fixed.get(name, False)
        if name == "multi_label":
            name, value, has = "one_class_per_box", not value, not has
        raise ConfigError(
            f"{name}: {path} removes repeated boxes itself, with {name} {has}; found {value}. Give {has}, or export "
            "the model with --nms none, which leaves it open."
        )


def _has_shape(found: Tensor, wanted: tuple[int | None, ...]) -> bool:
    return found.dim() == len(wanted) and all(
        size is None or size == side for side, size in zip(found.shape, wanted, strict=True)
    )


def window_of(origin: ImageOrigin, canvas_size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Gives where an image lies in the canvas: left, top, right, bottom in canvas pixels.

    Args:
        origin: Of the image.
        canvas_size: Height and width in pixels.
    """
    if origin.letterbox is None:
        return 0.0, 0.0, float(canvas_size[1]), float(canvas_size[0])
    (top, left), (height, width) = origin.letterbox.pad, resized_size(origin.letterbox, origin.size)
    return left, top, left + width, top + height


def _with_masks(
    detections: Detections, coefficients: Tensor, prototypes: Tensor, canvas_size: tuple[int, int]
) -> Detections:
    origin = detections.origin
    masks = decode_masks(coefficients, prototypes, detections.boxes, origin, canvas_size)
    return Detections(detections.boxes, detections.scores, detections.labels, origin, masks)
