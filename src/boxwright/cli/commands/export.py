"""boxwright export."""

from dataclasses import KW_ONLY, dataclass, fields
from functools import partial
from typing import Literal

from boxwright.arguments.parser import SettingsParser
from boxwright.cli.plain_warnings import plain_warnings
from boxwright.settings.export import ExportSettings
from boxwright.settings.foreign_answers import foreign_answer
from boxwright.settings.given_paths import require_model
from boxwright.settings.ranges import require_ranges


@dataclass(frozen=True, slots=True)
class ExportFlags:
    """What is exported, and how.

    Args:
        model: Model file, or run directory for its best model.
        format: "onnx", "openvino" or "torch" (a program of torch.export).
        output: Folder to write to, new or empty; a new one under runs/export if left out.
        batch: Images at once, or "dynamic" for any number.
        canvas: Side of the network's input, or height and width; that of the training if left out. "dynamic" lets both
            sides be any multiple of the stride.
        precision: "32", or "16" for a network that computes in float16.
        input: "float" takes normalised numbers, "uint8" bytes, which are normalised in the graph.
        channels: Order of the channels of bytes.
        nms: "none" gives all boxes and scores; "graph" removes repeated boxes inside, and gives at most max_detections.
        one_class_per_box: With nms in the graph: whether a box is given once, with its best class.
        score_threshold: With nms in the graph: only detections with a higher score; that of the system if left out.
        iou_threshold: With nms in the graph: overlap from which the weaker of two boxes goes; that of the system if
            left out.
        max_detections: With nms in the graph: most detections per image; that of the model if left out.
        opset: Version of the operators of ONNX, from 18.
        check: Data set whose first validation images go through model and file, to prove that both find the same;
            "auto" takes that of the training if it is still there, else the sample in the package; null for no check.
        box_tolerance: Pixels by which a box may differ; 0.05 if left out, 1 for precision 16.
        score_tolerance: By how much a score may differ; 0.0001 if left out, 0.01 for precision 16.
        triton: Folder of a model repository for NVIDIA Triton that the ONNX file is put into too, under the name of the
            system; null for none.
    """

    model: str
    _: KW_ONLY
    format: Literal["onnx", "openvino", "torch"] = "onnx"
    output: str | None = None
    batch: int | Literal["dynamic"] = "dynamic"
    canvas: int | tuple[int, int] | Literal["dynamic"] | None = None
    precision: Literal["32", "16"] = "32"
    input: Literal["float", "uint8"] = "float"
    channels: Literal["rgb", "bgr"] = "rgb"
    nms: Literal["none", "graph"] = "none"
    one_class_per_box: bool = True
    score_threshold: float | None = None
    iou_threshold: float | None = None
    max_detections: int | None = None
    opset: int = 18
    check: str | None = "auto"
    box_tolerance: float | None = None
    score_tolerance: float | None = None
    triton: str | None = None


PARSER = SettingsParser(
    ExportFlags,
    command="boxwright export",
    about="Writes a model for ONNX Runtime, OpenVINO or torch.export.",
    answer=partial(foreign_answer, "export"),
)


def run(words: list[str]) -> None:
    """Exports a model, and says where it was written.

    Args:
        words: As typed.
    """
    settings = PARSER.read(words)
    require_ranges({name: value for name, value in settings.items() if name != "batch"})
    ExportSettings(**{each.name: settings[each.name] for each in fields(ExportSettings)})
    require_model(settings["model"])

    from boxwright.exporting.command import export

    with plain_warnings():
        exported = export(**settings)
    if exported.check is not None:
        print(exported.check)
    print(f"Wrote {exported.file}.")
    if exported.triton is not None:
        print(f"Wrote {exported.triton}, for `tritonserver --model-repository {exported.triton.parent}`.")
