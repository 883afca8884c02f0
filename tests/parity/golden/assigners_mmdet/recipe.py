"""Records what MMDetection's ATSS, FCOS and YOLOX heads assign, what it costs, and the gradients; see README.md."""

import json
import sys
import types
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

HERE = Path(__file__).parent
STRIDES, CANVAS, CLASSES = (8, 16, 32), (64, 96), 2
# by name: how many objects and how many ignored regions each image has, and the least and largest side of the objects
SCENES: dict[str, tuple[list[tuple[int, int]], tuple[float, float]]] = {
    "1_normal": ([(3, 0), (2, 0)], (10, 60)),
    "2_crowded": ([(14, 0)], (16, 60)),
    "3_tiny": ([(6, 0)], (2, 6)),
    "4_one_object": ([(1, 0), (0, 0)], (20, 50)),
    "5_no_object": ([(0, 0)], (10, 60)),
    "6_ignored": ([(2, 2), (0, 1)], (10, 60)),
    "7_on_cells": ([(3, 0)], (10, 60)),
}
ON_CELLS = torch.tensor([[12.0, 12, 44, 44], [16, 0, 56, 40], [40, 16, 72, 48]])  # with equally near anchors


class _CompiledOperators(types.ModuleType):
    """Stands for `mmcv.ops`, which mmcv-lite lacks; the heads only import names from it and never call them."""

    __path__ = ()  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (torch.nn.Module,), {})


def _import_heads() -> dict[str, Any]:
    for name in ("", ".nms", ".carafe", ".merge_cells", ".deform_conv", ".modulated_deform_conv", ".roi_align"):
        sys.modules[f"mmcv.ops{name}"] = _CompiledOperators(f"mmcv.ops{name}")
    import_module("mmcv").__version__ = "2.1.0"  # type: ignore[attr-defined]  # what this mmdet was made for
    import_module("mmcv.cnn.bricks.transformer").MultiScaleDeformableAttention = torch.nn.Module  # type: ignore[attr-defined]
    import_module("mmdet.utils").register_all_modules()
    heads = import_module("mmdet.models.dense_heads")
    return {"atss": heads.ATSSHead, "fcos": heads.FCOSHead, "sim_ota": heads.YOLOXHead}


def heads() -> dict[str, Callable[..., Any]]:
    """Gives makers of the heads; their convolutions are never run."""
    kinds = _import_heads()
    sigmoid = {"type": "CrossEntropyLoss", "use_sigmoid": True, "loss_weight": 1.0}
    focal = {"type": "FocalLoss", "use_sigmoid": True, "gamma": 2.0, "alpha": 0.25, "loss_weight": 1.0}
    anchors = {"type": "AnchorGenerator", "ratios": [1.0], "octave_base_scale": 8, "scales_per_octave": 1}
    coder = {"type": "DeltaXYWHBBoxCoder", "target_means": [0.0] * 4, "target_stds": [0.1, 0.1, 0.2, 0.2]}
    shape = {"in_channels": 8, "feat_channels": 32}

    def atss(share: float) -> Any:
        assigner = {"type": "ATSSAssigner", "topk": 9, "ignore_iof_thr": share}
        return kinds["atss"](
            num_classes=CLASSES,
            **shape,
            anchor_generator={**anchors, "strides": list(STRIDES)},
            bbox_coder=coder,
            loss_cls=focal,
            loss_bbox={"type": "GIoULoss", "loss_weight": 2.0},
            loss_centerness=sigmoid,
            train_cfg={"assigner": assigner, "allowed_border": -1, "pos_weight": -1, "debug": False},
        )

    def fcos(classes: int = CLASSES) -> Any:
        return kinds["fcos"](
            num_classes=classes,
            **shape,
            strides=list(STRIDES),
            regress_ranges=((-1, 64), (64, 128), (128, 1e8)),
            center_sampling=True,
            center_sample_radius=1.5,
            norm_on_bbox=True,
            loss_cls=focal,
            loss_bbox={"type": "GIoULoss", "loss_weight": 1.0},
            loss_centerness=sigmoid,
        )

    def sim_ota() -> Any:
        return kinds["sim_ota"](CLASSES, **shape, train_cfg={"assigner": {"type": "SimOTAAssigner"}})

    return {"atss": atss, "fcos": fcos, "sim_ota": sim_ota}


def scene(seed: int, counts: list[tuple[int, int]], sides: tuple[float, float]) -> dict[str, Tensor]:
    """Draws boxes in canvas pixels; those of ignored regions stand behind the objects of their image."""
    generator = torch.Generator().manual_seed(seed)
    number = sum(objects + regions for objects, regions in counts)
    limit = torch.tensor([CANVAS[1], CANVAS[0]], dtype=torch.float32)
    size = (sides[0] + (sides[1] - sides[0]) * torch.rand(number, 2, generator=generator)).clamp(max=limit - 1)
    corner = torch.rand(number, 2, generator=generator) * (limit - size)
    ignore = torch.cat([torch.arange(sum(count)) >= count[0] for count in counts]) if counts else torch.zeros(0)
    image = torch.arange(len(counts)).repeat_interleave(torch.tensor([sum(count) for count in counts]))
    labels = torch.randint(CLASSES, (number,), generator=generator)
    return {"boxes": torch.cat((corner, corner + size), dim=1), "labels": labels, "image": image, "ignore": ignore}


def points() -> Tensor:
    """The middle of every cell, and its stride."""
    levels = []
    for stride in STRIDES:
        rows, columns = torch.meshgrid(*(torch.arange(side // stride) for side in CANVAS), indexing="ij")
        place = (torch.stack((columns, rows), dim=-1).view(-1, 2) + 0.5) * stride
        levels.append(torch.cat((place, torch.full((len(place), 1), float(stride))), dim=1))
    return torch.cat(levels)


def outputs(kind: str, seed: int, boxes: dict[str, Tensor], images: int) -> tuple[Tensor, Tensor, Tensor]:
    """Draws logits of classes, codes of boxes, and logits of centreness or objectness.

    Codes of YOLOX are near the object whose centre is nearest, so that objects have many good boxes.
    """
    generator, place = torch.Generator().manual_seed(100 + seed), points()
    logits = torch.randn(images, len(place), CLASSES, generator=generator) - 1
    noise = torch.randn(images, len(place), 4, generator=generator)
    further = torch.randn(images, len(place), 1, generator=generator)
    if kind == "atss":
        return logits, noise * 0.5, further
    if kind == "fcos":
        return logits, noise.abs() * 2 + 0.1, further
    codes = noise * 0.3
    for image in range(images):
        some = boxes["boxes"][boxes["image"] == image]
        if len(some):
            centre, size = (some[:, :2] + some[:, 2:]) / 2, some[:, 2:] - some[:, :2]
            nearest = torch.cdist(place[:, :2], centre).argmin(dim=1)
            shift = (centre[nearest] - place[:, :2]) / place[:, 2:] + 0.5
            codes[image] = torch.cat((shift, (size[nearest] / place[:, 2:]).log()), dim=1) + noise[image] * 0.15
    return logits, codes, further


def run(kind: str, head: Any, boxes: dict[str, Tensor], leaves: tuple[Tensor, ...]) -> dict[str, Tensor]:
    """Runs the published loss; gives the assignments, the losses, and their gradients."""
    instances = import_module("mmengine.structures").InstanceData
    images = range(len(leaves[0]))
    held = {flag: [(boxes["image"] == image) & (boxes["ignore"] == flag) for image in images] for flag in (False, True)}
    objects, regions = (
        [
            instances(bboxes=boxes["boxes"][rows].to(leaves[0].dtype), labels=boxes["labels"][rows])
            for rows in held[flag]
        ]
        for flag in (False, True)
    )
    found: list[Tensor] = []
    if kind != "fcos":
        assign = head.assigner.assign

        def watched(*given: Any, **named: Any) -> Any:
            result = assign(*given, **named)
            found.append(result.gt_inds.clone())
            return result

        head.assigner.assign = watched
    if kind == "sim_ota":  # it writes the overlaps of pairs into float32
        match = head.assigner.dynamic_k_matching
        head.assigner.dynamic_k_matching = lambda *given: (lambda overlap, number: (overlap.float(), number))(
            *match(*given)
        )
    head.prior_generator.grid_priors = partial(head.prior_generator.grid_priors, dtype=leaves[0].dtype)
    sizes = [(CANVAS[0] // stride, CANVAS[1] // stride) for stride in STRIDES]
    levels = [
        [
            part.transpose(1, 2).unflatten(2, size)
            for part, size in zip(leaf.split([h * w for h, w in sizes], dim=1), sizes, strict=True)
        ]
        for leaf in leaves
    ]
    meta = {"img_shape": CANVAS, "pad_shape": CANVAS, "scale_factor": (1.0, 1.0)}
    losses = head.loss_by_feat(*levels, objects, [meta] * len(images), regions)
    values = {name: torch.as_tensor(sum(loss) if isinstance(loss, list) else loss) for name, loss in losses.items()}
    gradients = torch.autograd.grad(torch.stack(list(values.values())).sum(), leaves)
    if len(found) < len(images):  # an image without objects is not asked for, and a head may have no assigner
        found = _numbers(kind, objects, leaves[0].shape[1], found)
    named = dict(zip(("grad_cls", "grad_box", "grad_further"), gradients, strict=True))
    return {"assigned": torch.stack(found).short(), **{name: value.detach() for name, value in values.items()}, **named}


def _numbers(kind: str, objects: list[Any], num_priors: int, found: list[Tensor]) -> list[Tensor]:
    """Gives the number of the object of every point, from 1, where it was not seen."""
    if kind == "sim_ota":
        seen = iter(found)
        return [next(seen) if len(each) else torch.zeros(num_priors, dtype=torch.int64) for each in objects]
    head = MAKERS["fcos"](999)
    grid = head.prior_generator.grid_priors([(CANVAS[0] // s, CANVAS[1] // s) for s in STRIDES], device="cpu")
    for each in objects:
        each.labels = torch.arange(len(each))  # so that the label of a point is its object
    levels, _ = head.get_targets(grid, objects)
    of_images = [torch.cat(rows) for rows in zip(*(level.view(len(objects), -1) for level in levels), strict=True)]
    return [(numbers + 1) * (numbers < 999) for numbers in of_images]


def case(kind: str, name: str, share: float = -1.0) -> dict[str, Any]:
    """Runs one scene, in float32, and in float64 for the losses."""
    (counts, sides), seed = SCENES[name], int(name[0])
    boxes = scene(seed, counts, sides)
    if name == "7_on_cells":
        boxes["boxes"] = ON_CELLS
    drawn = outputs(kind, seed, boxes, len(counts))
    arrays: dict[str, Any] = boxes | dict(zip(("cls", "box", "further"), drawn, strict=True))
    for dtype, suffix in ((torch.float32, ""), (torch.float64, "_f64")):
        head = MAKERS[kind](share) if kind == "atss" else MAKERS[kind]()
        leaves = tuple(leaf.to(dtype).clone().requires_grad_() for leaf in drawn)
        result = run(kind, head.to(dtype), boxes, leaves)
        if suffix:  # what the published code computes in float32 all the same is left out
            result = {key: value for key, value in result.items() if value.dtype in (torch.float64, torch.int16)}
        keep = {key: value for key, value in result.items() if not suffix or not key.startswith("grad")}
        arrays |= {f"{key}{suffix}": value for key, value in keep.items()}
    versions = {module: import_module(module).__version__ for module in ("mmdet", "mmengine", "torch")}
    config = {"strides": STRIDES, "canvas": CANVAS, "counts": counts, "ignore_share": share, **versions}
    return arrays | {"config_json": np.array(json.dumps(config))}


if __name__ == "__main__":
    MAKERS = heads()
    runs = [(kind, name, -1.0) for kind in MAKERS for name in SCENES if kind == "atss" or name != "7_on_cells"]
    for kind, name, share in [*runs, ("atss", "6_ignored", 0.5)]:
        arrays = {key: np.asarray(value) for key, value in case(kind, name, share).items()}
        np.savez_compressed(HERE / f"{kind}_{name}{'_by_share' if share > 0 else ''}.npz", **arrays)
