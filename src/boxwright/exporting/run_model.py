"""Finds objects in pictures with model.onnx and model.json beside this file: python run_model.py photo.jpg.

It needs numpy, onnxruntime and Pillow, and may be copied into a program of yours:

    model = Model("folder")
    for found in model.detect(Image.open("photo.jpg")): print(found["category"], found["score"], found["box"])
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

Array = Any  # of numpy


class Model:
    """Runs the exported model of a folder, which has model.json and the ONNX file."""

    def __init__(self, folder: str | Path) -> None:
        folder = Path(folder)
        self.said: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        if self.said.get("format") != "boxwright export" or self.said.get("format_version") != 1:
            raise ValueError(f"{folder / 'model.json'} is not what `boxwright export` wrote. Copy its folder again.")
        self.rule: dict[str, Any] = self.said["postprocessing"]
        self.session = onnxruntime.InferenceSession(str(folder / self.said["file"]), providers=["CPUExecutionProvider"])

    def detect(
        self, picture: Image.Image, threshold: float | None = None, canvas: tuple[int, int] | None = None
    ) -> list[dict[str, Any]]:
        """Finds the objects of one picture, best score first.

        Args:
            picture: Any that Pillow opens.
            threshold: Only scores above it; what the model was measured to be best with, or 0.25, if left out.
            canvas: Height and width for the network, where the file allows several.

        Returns:
            For each its category, label, score, box (left, top, right, bottom in pixels of the picture), and the mask
            (height × width, True inside) of a model that has masks.
        """
        own, step = tuple(self.said["canvas_size"]), self.said["canvas_multiple"]
        canvas = tuple(canvas or own)
        if canvas != own and (step is None or min(canvas) < step or any(side % step for side in canvas)):
            raise ValueError(f"canvas is {canvas}; the file allows {f'multiples of {step}' if step else own} only.")
        threshold = self.said["usual_threshold"] if threshold is None else threshold
        on_canvas, scale, pad = fit(pixels := upright_rgb(picture), canvas, self.said["fit"], self.said["pad_value"])
        height, width = (round(side * each) for side, each in zip(pixels.shape, scale, strict=False))
        outputs = self._run(on_canvas, np.array([pad[1], pad[0], pad[1] + width, pad[0] + height], np.float32))
        size = pixels.shape[:2]
        if self.said["nms"] == "graph":
            rows = outputs[0][: int(outputs[1])]
            rows = rows[rows[:, 4] > np.float32(threshold)]
            boxes, scores, labels = to_picture(rows[:, :4], scale, pad, size), rows[:, 4], rows[:, 5].astype(int)
            coefficients = outputs[2][: len(rows)] if len(outputs) > 2 else None
        else:
            prior, labels, scores, boxes = self._chosen(outputs[0], outputs[1], threshold, scale, pad, size, canvas)
            coefficients = outputs[2][prior] if len(outputs) > 2 else None
        found = []
        for index, (box, score, label) in enumerate(zip(boxes, scores, labels, strict=True)):
            one = {"category": self.said["categories"][label], "label": int(label), "score": float(score)}
            one["box"] = [float(side) for side in box]
            if coefficients is not None:
                one["mask"] = mask_of(coefficients[index], outputs[3], box, scale, pad, size, canvas)
            found.append(one)
        return found

    def _run(self, pixels: Array, window: Array) -> list[Array]:
        """Gives the outputs of one image."""
        if self.said["input"] == "uint8":
            image = pixels[..., ::-1] if self.said["channel_order"] == "bgr" else pixels
        else:
            mean, std = (np.array(self.said[name], np.float32) for name in ("mean", "std"))
            image = (pixels.astype(np.float32) - mean) / std
        inputs = [np.ascontiguousarray(image.transpose(2, 0, 1))[None], window[None]]
        repeated = [np.repeat(each, self.said["batch"] or 1, axis=0) for each in inputs]
        return [each[0] for each in self.session.run(None, dict(zip(self.said["inputs"], repeated, strict=False)))]

    def _chosen(
        self, boxes: Array, scores: Array, threshold: float, scale: Array, pad: Array, size: Any, canvas: Any
    ) -> tuple[Array, Array, Array, Array]:
        """Gives prior, label, score and box of what is found, after threshold, limits and suppression."""
        scores = np.nan_to_num(scores, nan=0.0)
        label = scores.argmax(axis=1)
        score = scores[np.arange(len(scores)), label]
        prior = np.flatnonzero(score > np.float32(threshold))
        prior = prior[np.argsort(-score[prior], kind="stable")]
        prior = self._within_limits(prior, label, canvas)
        moved = to_picture(on_canvas := boxes[prior], scale, pad, size)
        is_seen = np.isfinite(on_canvas).all(axis=1) & (moved[:, 2:] > moved[:, :2]).all(axis=1)
        prior, on_canvas, moved = prior[is_seen], on_canvas[is_seen], moved[is_seen]
        compared = moved if self.rule["clips_first"] else on_canvas
        kept = suppressed(compared, label[prior], self.rule["iou_threshold"], self.rule["max_detections"])
        return prior[kept], label[prior[kept]], score[prior[kept]], moved[kept]

    def _within_limits(self, prior: Array, label: Array, canvas: Any) -> Array:
        """Keeps the best of every level, of every class, and of the image."""
        levels = self.said["levels"]
        sizes = [each["per_cell"] * np.prod([-(-side // each["stride"]) for side in canvas]) for each in levels]
        level = np.repeat(np.arange(len(sizes)), sizes)
        for group, name in ((level, "level"), (label, "class"), (0 * label, "image")):
            most = self.rule[f"candidates_per_{name}"]
            if most is not None:
                kept = [np.flatnonzero(group[prior] == one)[:most] for one in np.unique(group[prior])]
                prior = prior[np.sort(np.concatenate([*kept, np.zeros(0, int)]))]
        return prior


def upright_rgb(picture: Image.Image) -> Array:
    """Gives the pixels of a picture, turned as its EXIF block says: height, width, RGB."""
    if picture.mode in ("I", "F"):
        raise ValueError(f"its pixels have 32 bits (mode {picture.mode}), and nobody knows which number is white")
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith("I;16"):
        return np.repeat((np.asarray(picture) >> 8).astype(np.uint8)[..., None], 3, axis=2)
    if picture.mode == "CMYK":  # Pillow itself would round otherwise
        ink = 255 - np.asarray(picture).astype(int)
        return (ink[..., 3:] - ((255 - ink[..., :3]) * ink[..., 3:] >> 8)).astype(np.uint8)
    return np.asarray(picture.convert("RGB"))


def fit(pixels: Array, canvas: Any, way: str, pad_value: int) -> tuple[Array, Array, Array]:
    """Resizes a picture and puts it into the canvas; gives also scale and pad, each vertical and horizontal."""
    size = pixels.shape[:2]
    ratio = min(canvas[0] / size[0], canvas[1] / size[1])
    resized = [max(1, min(round(side * ratio), limit)) for side, limit in zip(size, canvas, strict=True)]
    resized = list(canvas) if way == "stretch" else resized
    pad = [(limit - side) // 2 if way == "centre" else 0 for side, limit in zip(resized, canvas, strict=True)]
    result = np.full((*canvas, 3), pad_value, np.uint8)
    inside = result[pad[0] : pad[0] + resized[0], pad[1] : pad[1] + resized[1]]
    inside[:] = pixels if tuple(resized) == size else resize(pixels, resized)
    return result, np.array([new / old for old, new in zip(size, resized, strict=True)]), np.array(pad, float)


def resize(pixels: Array, size: Any) -> Array:
    """Averages areas where both sides shrink, else reads between two pixels along each side, as OpenCV does."""
    steps = [old / new for old, new in zip(pixels.shape, size, strict=False)]
    if min(steps) >= 1:
        rows = averaged(pixels.astype(np.float32), size[0])
        both = averaged(rows.transpose(1, 0, 2), size[1]).transpose(1, 0, 2)
        return (np.floor(both + 0.5) if steps == [2, 2] else np.rint(both)).astype(np.uint8)
    (up, down, above, below), (near, far, left, right) = (
        taps(old, new, max(steps) > 1) for old, new in zip(pixels.shape, size, strict=False)
    )
    whole = pixels.astype(np.int64)
    rows = (whole[:, near] * left[:, None] + whole[:, far] * right[:, None]) >> 4
    mixed = (rows[up] * above[:, None, None] >> 16) + (rows[down] * below[:, None, None] >> 16)
    return ((mixed + 2) >> 2).astype(np.uint8)


def averaged(pixels: Array, count: int) -> Array:
    """Makes the first axis shorter."""
    old, result = len(pixels), np.empty((count, *pixels.shape[1:]), np.float32)
    for index in range(count):
        start, stop = index * old / count, min((index + 1) * old / count, old)
        places = np.arange(int(start + 1e-3), min(int(np.ceil(stop - 1e-3)), old))
        weights = np.minimum(places + 1, stop) - np.maximum(places, start)
        result[index] = np.tensordot((weights / weights.sum()).astype(np.float32), pixels[places], 1)
    return result


def taps(old: int, new: int, shrinks: bool) -> tuple[Array, Array, Array, Array]:
    """Gives the two pixels that each new one lies between, and their shares of 2048; another side may shrink."""
    places, inverse = np.arange(new), new / old
    share: Array
    if shrinks:
        first = np.floor(places * (1 / inverse)).astype(int)
        share = np.float32((places + 1) - (first + 1) * inverse)
        share = np.where(share <= 0, np.float32(0), share - np.floor(share))
    else:
        centres = np.float32((places + 0.5) * (1 / inverse) - 0.5)
        first = np.floor(centres).astype(int)
        share = centres - np.float32(first)
    share = np.where((first < 0) | (first >= old - 1), np.float32(0), share)
    first = np.clip(first, 0, old - 1)
    weights = (np.rint((np.float32(1) - share) * 2048), np.rint(share * 2048))
    return first, np.minimum(first + 1, old - 1), weights[0].astype(int), weights[1].astype(int)


def to_picture(boxes: Array, scale: Array, pad: Array, size: Any) -> Array:
    """Moves boxes from the canvas into the picture, and clips them to it."""
    pads, scales = (np.array([each[1], each[0]] * 2, np.float32) for each in (pad, scale))
    return np.clip((boxes - pads) / scales, np.float32(0), np.array([size[1], size[0]] * 2, np.float32))


def suppressed(boxes: Array, labels: Array, limit: float, most: int) -> list[int]:
    """Gives which boxes stay; they are sorted, best first: the weaker of two of one class goes that overlap by more."""
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    left, kept = np.ones(len(boxes), bool), list[int]()
    for index in range(len(boxes)):
        if not left[index] or len(kept) == most:
            continue
        kept.append(index)
        low, high = np.maximum(boxes[:, :2], boxes[index, :2]), np.minimum(boxes[:, 2:], boxes[index, 2:])
        common = np.clip(high - low, 0, None).prod(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            left &= ~((common / (area + area[index] - common) > np.float32(limit)) & (labels == labels[index]))
    return kept


def mask_of(
    coefficients: Array, prototypes: Array, box: Array, scale: Array, pad: Array, size: Any, canvas: Any
) -> Array:
    """Gives the pixels of an object: True where the mixture of prototypes, read between its pixels, is over 0."""
    mask = np.zeros(size, bool)
    left, top = (int(np.ceil(side)) for side in box[:2])
    right, bottom = (min(int(np.ceil(side)), limit) for side, limit in zip(box[2:], size[::-1], strict=True))
    if right <= left or bottom <= top:
        return mask
    logits = np.tensordot(coefficients, prototypes, 1)
    shares = []
    for axis, pixels in enumerate((np.arange(top, bottom), np.arange(left, right))):
        places = (np.float32(pixels) + np.float32(0.5)) * np.float32(scale[axis]) + np.float32(pad[axis])
        places = places * np.float32(logits.shape[axis] / canvas[axis]) - np.float32(0.5)
        places = np.clip(places, 0, logits.shape[axis] - 1)
        first = np.minimum(places.astype(int), max(logits.shape[axis] - 2, 0))
        shares.append((first, np.minimum(first + 1, logits.shape[axis] - 1), places - first))
    (up, down, share), (near, far, part) = shares
    rows = logits[up] * (1 - share[:, None]) + logits[down] * share[:, None]
    mask[top:bottom, left:right] = rows[:, near] * (1 - part) + rows[:, far] * part > 0
    return mask


def main() -> None:
    """Prints what is found in the pictures, a line of JSON for each."""
    parser = argparse.ArgumentParser(description="Finds objects in pictures.")
    parser.add_argument("pictures", nargs="+")
    parser.add_argument("--threshold", type=float, help="only scores above it")
    asked = parser.parse_args()
    model = Model(Path(__file__).parent)
    for name in asked.pictures:
        try:
            with Image.open(name) as picture:
                upright_rgb(picture)
        except Exception as error:  # decoders have many
            raise SystemExit(f"{name} cannot be read ({error}). Give a picture that Pillow opens.") from None
        found = model.detect(picture, asked.threshold)
        for each in (one for one in found if "mask" in one):
            each["mask_pixels"] = int(each.pop("mask").sum())
        sys.stdout.write(json.dumps({"picture": name, "found": found}) + "\n")


if __name__ == "__main__":
    main()
