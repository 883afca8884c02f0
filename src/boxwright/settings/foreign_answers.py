"""What to write in place of a setting that another well-known trainer has, or of a value that only it takes."""

import os
import re
from collections.abc import Callable, Collection
from pathlib import PurePath

from boxwright.settings.catalog import OPTIONS_OF_SYSTEMS
from boxwright.settings.foreign_names import FOREIGN_NAMES

_ON, _OFF = ("true", "1", "yes"), ("false", "0", "no")
_WITHOUT_ASKING = (
    *("half", "int8", "amp", "pretrained", "augment", "rect", "show", "visualize", "embed", "dnn", "retina_masks"),
    *("save_txt", "save_crop", "save_conf", "save_json", "save_hybrid", "single_cls", "multi_scale", "profile"),
    *("keras", "optimize", "stream", "stream_buffer", "save_frames"),
)
"""Switches that are off here too."""
_PRECISIONS = {"16": "fp16", "half": "fp16", "float16": "fp16", "fp32": "32", "float32": "32", "bfloat16": "bf16"}
_OF_EXPORT = {"fp16": "16", "half": "16", "float16": "16", "fp32": "32", "float32": "32"}
_FORMATS = {"torchscript": "torch", "pt": "torch", "pt2": "torch"}


def foreign_answer(command: str, name: str, value: str, settings: Collection[str]) -> str | None:
    """Says what to write in place of a setting of another trainer; None for what is ours, or of nobody.

    Args:
        command: Of boxwright.
        name: Without hyphens.
        value: As typed; empty if there is none.
        settings: Names that the command has.
    """
    if command == "tune":  # whose settings are those of a training
        if name == "resume":
            return "nothing: the same command again goes on with its search"
        command = "train"
    found = _of_value(command, name, value)
    if found is None and name not in settings:
        found = _of_name(command, name, value)
    flags = re.findall(r"^--(\w+)", found or "")
    known = {"config", *(each.partition(".")[0] for each in settings)}
    return found if known.issuperset(flags) else None


def _of_name(command: str, name: str, value: str) -> str | None:
    """Answers a name that is none of ours."""
    if name in _WITHOUT_ASKING and value.lower() in _OFF:
        return "nothing: it is off here unless it is asked for"
    names = FOREIGN_NAMES.get(command, FOREIGN_NAMES["other"])
    if (hint := names.get(name)) is None:
        return None
    if command == "train" and name == "batch" and (value.startswith("-") or "." in value):
        return "--batch_size auto"
    return hint.format(value or "VALUE")


def _of_value(command: str, name: str, value: str) -> str | None:
    """Answers a setting that both have, or that stands for several of ours, by its value."""
    answer = _ANSWERS.get((command, name)) or _ANSWERS.get(("" if command != "load" else "load", name))
    return None if answer is None else answer(value, command)


def _start(value: str, command: str) -> str | None:
    """Answers `model=` of a training: a system, its weights, or both."""
    if not value:
        return "--system NAME"
    path = PurePath(value)
    system = path.stem.lower() if path.stem.lower() in OPTIONS_OF_SYSTEMS else None
    written = [f"--system {system}"] if system else []
    is_file = path.suffix.lower() not in (".yaml", ".yml") and (
        os.path.exists(value) or len(path.parts) > 1 or (path.suffix and not system and not _is_published(path.stem))
    )
    written += [f"--weights {value}"] if is_file else []
    return " ".join(written) or "--system NAME, such as yolov8n, yolov5s, retinanet_r18 or ssd300"


def _is_published(stem: str) -> bool:
    """Says whether a name is that of a network which the other trainer fetches by itself."""
    return re.match(r"(yolo|rtdetr|sam|fastsam)[\w-]*\d", stem.lower()) is not None


def _weights(value: str, command: str) -> str | None:
    stem = PurePath(value).stem.lower()
    return _start(value, command) if stem in OPTIONS_OF_SYSTEMS and not os.path.exists(value) else None


def _system(value: str, command: str) -> str | None:
    return _start(value, command) if PurePath(value).suffix.lower() in (".pt", ".pth", ".yaml", ".yml") else None


def _device(value: str, command: str) -> str | None:
    """Answers the name of a device, where it is none of ours."""
    numbers = re.fullmatch(r"\[?(\d+(?:, ?\d+)*)\]?", value)
    if command != "train":
        return f"--device cuda:{numbers[1].partition(',')[0]}" if numbers else None
    if numbers:
        several = numbers[1].replace(" ", "")
        return "--accelerator gpu --devices 1" if several == "0" else f"--accelerator gpu --devices [{several}]"
    return f"--accelerator {'gpu' if value.startswith('cuda') else value or 'gpu'}"


def _resume(value: str, command: str) -> str | None:
    if os.path.exists(value):
        return None
    if value.lower() == "false":
        return "nothing: a training begins anew unless --resume RUN is given"
    return "--resume RUN, the folder of the run, such as runs/train" if value.lower() in ("true", "") else None


def _optimizer(value: str, command: str) -> str | None:
    if value.lower() in ("", "auto"):
        return "nothing: the system chooses one; or --optimization.optimizer sgd, or adamw"
    return f"--optimization.optimizer {value.lower()}"


def _cos_lr(value: str, command: str) -> str | None:
    return f"--optimization.schedule {'linear' if value.lower() in _OFF else 'cosine'}"


def _pretrained(value: str, command: str) -> str | None:
    return _start(value, command) if PurePath(value).suffix else None


def _cache(value: str, command: str) -> str | None:
    if value.lower() in _OFF:
        return "--cache null"
    return "--cache ram" if value.lower() in (*_ON, "disk", "") else None


def _val(value: str, command: str) -> str | None:
    return "--evaluate_every 1, or more epochs" if value.lower() in ("true", "false") else None


def _freeze(value: str, command: str) -> str | None:
    return "--freeze backbone: parts by name" if re.fullmatch(r"[\[\d, \]]+", value) else None


def _save(value: str, command: str) -> str | None:
    if value.lower() in _OFF:
        return "--save []"
    return "nothing: pictures are saved, in --output FOLDER" if value.lower() in (*_ON, "") else None


def _classes(value: str, command: str) -> str | None:
    return f"--classes [{value}]" if re.fullmatch(r"\d+(,\d+)+", value) else None


def _tracker(value: str, command: str) -> str | None:
    if not value.endswith((".yaml", ".yml")):
        return None
    return f"--tracker {'bytetrack' if 'byte' in value else 'ocsort'}"


def _precision(value: str, command: str) -> str | None:
    found = (_OF_EXPORT if command == "export" else _PRECISIONS).get(value.lower())
    return None if found is None else f"--precision {found}"


def _nms(value: str, command: str) -> str | None:
    return {"true": "--nms graph", "": "--nms graph", "false": "--nms none"}.get(value.lower())


def _dynamic(value: str, command: str) -> str | None:
    return "--batch 1, and --canvas SIDE" if value.lower() in _OFF else None


def _format(value: str, command: str) -> str | None:
    if not value or value in ("onnx", "openvino", "torch"):
        return None
    ours = _FORMATS.get(value.lower())
    return f"--format {ours}" if ours else "--format onnx, from which other programs go on; or openvino, or torch"


_ANSWERS: dict[tuple[str, str], Callable[[str, str], str | None]] = {
    **{("train", name): _start for name in ("model", "cfg")},
    ("train", "weights"): _weights,
    ("train", "system"): _system,
    ("train", "resume"): _resume,
    ("train", "optimizer"): _optimizer,
    ("train", "cos_lr"): _cos_lr,
    ("train", "pretrained"): _pretrained,
    ("train", "cache"): _cache,
    ("train", "val"): _val,
    ("train", "freeze"): _freeze,
    **{(command, "device"): _device for command in ("train", "predict", "evaluate", "benchmark")},
    ("predict", "save"): _save,
    ("predict", "classes"): _classes,
    ("predict", "tracker"): _tracker,
    ("export", "nms"): _nms,
    ("export", "dynamic"): _dynamic,
    ("export", "format"): _format,
    ("", "precision"): _precision,
}
"""Command, or any, and setting → what answers its value."""
