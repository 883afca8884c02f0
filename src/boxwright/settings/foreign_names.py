"""Names that settings have in another well-known trainer, and what they are called here.

Known from what its users type; nothing of it was looked at.
"""

from collections.abc import Mapping

_EVERYWHERE = {
    "imgsz": "--canvas {}",
    "img": "--canvas {}",
    "img_size": "--canvas {}",
    "batch": "--batch_size {}",
    "max_det": "--max_detections {}",
    "project": "--output {}",
    "exist_ok": "nothing: nothing is ever written over, a new folder has a number",
    "verbose": "nothing: leave it out",
    "task": "nothing: the system says whether boxes or masks are found",
}
_TRAINING = {
    "amp": "--precision bf16, or fp16",
    "half": "--precision fp16",
    "optimizer": "--optimization.optimizer sgd, or adamw",
    "lr0": "--optimization.lr {}",
    "lr": "--optimization.lr {}",
    "lrf": "--optimization.final_lr_fraction {}",
    "cos_lr": "--optimization.schedule cosine",
    "nbs": "--optimization.nominal_batch {}",
    **{
        name: f"--optimization.{name} {{}}"
        for name in ("momentum", "weight_decay", "warmup_epochs", "warmup_momentum", "warmup_bias_lr")
    },
    **{name: f"--augmentation.{name} {{}}" for name in ("degrees", "translate", "scale", "shear", "mosaic", "mixup")},
    "close_mosaic": "--augmentation.close_mosaic_epochs {}",
    "fliplr": "--augmentation.flip_horizontal {}",
    "flipud": "--augmentation.flip_vertical {}",
    **dict.fromkeys(("hsv_h", "hsv_s", "hsv_v"), "--augmentation.hsv [0.015,0.7,0.4], for hue, saturation and value"),
    "label_smoothing": "--system_options.label_smoothing {}, of YOLOv5",
    "fl_gamma": "--system_options.focal_gamma {}, of YOLOv5",
    "pretrained": "--weights FILE, or --system_options.pretrained true for a backbone of ImageNet",
    "cfg": "--system NAME",
    "hyp": "--config FILE, with names of boxwright",
    "save_period": "nothing: the last and the best weights are kept",
    "noautoanchor": "--auto_anchor off",
    "plots": "nothing: curves and pictures are always drawn",
}
_SEARCH = {
    "conf": "--score_threshold {}",
    "iou": "--iou_threshold {}",
    "conf_thres": "--score_threshold {}",
    "iou_thres": "--iou_threshold {}",
    "weights": "--model {}",
    "name": "--output FOLDER",
    "project": "--output FOLDER",
    "save_txt": "--save [pictures,labels]",
    "save_crop": "--save [pictures,crops]",
    "agnostic_nms": "--class_agnostic {}",
    "half": "--precision fp16",
    "size": "--canvas {}",
    "save_dir": "--output FOLDER",
    "save_conf": "nothing: scores are in detections.json, see --save [pictures,json]",
    "save_frames": "nothing: a film stays one",
    "augment": "nothing: an image is looked at once",
    "rect": "nothing: the canvas is that of the training, see --canvas VALUE",
    "retina_masks": "nothing: masks have the size of the image",
    "mode": "nothing: the command says it",
    **dict.fromkeys(("line_width", "line_thickness"), "nothing: lines follow the size of the image"),
    **dict.fromkeys(
        ("show_labels", "show_conf", "show_boxes", "hide_labels", "hide_conf"), "nothing: names and scores are drawn"
    ),
    **dict.fromkeys(("visualize", "embed"), "nothing: layers of the network are not shown"),
    "show": "nothing: the pictures are written; in Python results[0].show()",
    "persist": "nothing: the objects of a film are followed to its end",
    "vid_stride": "nothing: every frame is looked at",
    "stream_buffer": "nothing: a camera gives its newest picture",
    "save_json": "--save [pictures,json]",
    "nosave": "--save []",
}
_MEASUREMENT = {
    "weights": "--model {}",
    "half": "--precision fp16",
    "conf": "nothing: AP looks at every score",
    "iou": "nothing: AP is the mean over overlaps from 0.5 to 0.95",
    "plots": "--sheet {}",
    "save_json": "nothing: report.json is always written",
}
_EXPORT = {
    "half": "--precision 16",
    "int8": "nothing: weights are not rounded to whole numbers",
    "dynamic": "--batch dynamic, and --canvas dynamic",
    "simplify": "nothing: the exporter simplifies always",
    "conf": "--score_threshold {}, with --nms graph",
    "iou": "--iou_threshold {}, with --nms graph",
    "data": "--check {}",
    "include": "--format {}",
}
_COMPARISON = {
    "model": "--models {}",
    "weights": "--models {}",
    "half": "nothing: a file has the precision with which it was exported",
    "int8": "nothing: weights are not rounded to whole numbers",
    "format": "nothing: name the exported files, each has its format",
    "max_det": "nothing: every model gives as many as it was made to give",
}
FOREIGN_NAMES: Mapping[str, Mapping[str, str]] = {
    "train": _EVERYWHERE | _TRAINING,
    "predict": _EVERYWHERE | _SEARCH,
    "evaluate": _EVERYWHERE | _MEASUREMENT,
    "benchmark": _EVERYWHERE | _COMPARISON,
    "export": {name: hint for name, hint in _EVERYWHERE.items() if name != "batch"} | _EXPORT,
}
"""Command → their name → what to write here, {} for the value."""

_VALUES = {("batch", "-1"): "--batch_size auto"}


def foreign_hint(command: str, name: str, value: str = "") -> str | None:
    """Says what to write in place of a name of another trainer; None for a name that it has not.

    Args:
        command: Of boxwright.
        name: Without hyphens.
        value: As typed; empty if there is none.
    """
    if command == "train" and (name, value) in _VALUES:
        return _VALUES[name, value]
    hint = FOREIGN_NAMES.get(command, _EVERYWHERE).get(name)
    return None if hint is None else hint.format(value or "VALUE")
