"""The command that exports a model."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Literal

from boxwright.errors import ConfigError, ExportError
from boxwright.exporting.checking.check import TOLERANCES, CheckReport, Tolerance
from boxwright.exporting.checking.check import check as run_check
from boxwright.exporting.described import described
from boxwright.exporting.graph import DetectionGraph
from boxwright.exporting.onnx_file import require_onnx, write_onnx
from boxwright.exporting.openvino_file import require_openvino, write_openvino
from boxwright.exporting.shapes import GraphShapes, shapes_of
from boxwright.exporting.torch_file import write_torch
from boxwright.exporting.triton_repository import require_repository, write_triton
from boxwright.inference import finding_at_most
from boxwright.inference.programs.description import KEY, MODEL_JSON, ProgramDescription
from boxwright.inference.programs.opening import is_program
from boxwright.settings.export import ExportSettings, Format
from boxwright.settings.given_paths import require_data
from boxwright.settings.python_names import answers_names
from boxwright.systems import ModelCard, System, file_of_model, load_model
from boxwright.writing.atomic_file import atomic_file
from boxwright.writing.numbered import new_folder
from boxwright.writing.whole_folder import whole_folder

logger = logging.getLogger("boxwright")
FILES = {"onnx": "model.onnx", "openvino": "model.xml", "torch": "model.pt2"}
EXPORTS = Path("runs", "export")
RUN_MODEL = "run_model.py"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote.

    Args:
        folder: With everything.
        file: The network.
        check: What was compared; None if that was not asked for.
        triton: Folder of the model in a repository; None if that was not asked for.
    """

    folder: Path
    file: Path
    check: CheckReport | None
    triton: Path | None = None


@answers_names("export")
def export(
    model: str | Path,
    *,
    format: Format = "onnx",
    output: str | Path | None = None,
    batch: int | Literal["dynamic"] = "dynamic",
    canvas: int | tuple[int, int] | Literal["dynamic"] | None = None,
    precision: Literal["32", "16"] = "32",
    input: Literal["float", "uint8"] = "float",
    channels: Literal["rgb", "bgr"] = "rgb",
    nms: Literal["none", "graph"] = "none",
    one_class_per_box: bool = True,
    score_threshold: float | None = None,
    iou_threshold: float | None = None,
    max_detections: int | None = None,
    opset: int = 18,
    check: str | None = "auto",
    box_tolerance: float | None = None,
    score_tolerance: float | None = None,
    triton: str | Path | None = None,
) -> Exported:
    """Writes a model for other programs: the network from pixels on the canvas to boxes and scores, in one file.

    Beside it lie `model.json`, which says what the file expects and gives, and for ONNX `run_model.py`, which finds
    objects with it and needs neither torch nor boxwright.

    Args:
        model: Model file, or run directory for its best model.
        format: "onnx", "openvino" or "torch" (a program of `torch.export`).
        output: Folder to write to, new or empty; a new one under runs/export if left out.
        batch: Images at once, or "dynamic" for any number.
        canvas: Side of the network's input, or height and width; that of the training if left out. "dynamic" lets both
            sides be any multiple of the stride.
        precision: "32", or "16" for a network that computes in float16.
        input: "float" takes normalised numbers, "uint8" bytes, which are normalised in the graph.
        channels: Order of the channels of bytes, "rgb" or "bgr".
        nms: "none" gives all boxes and scores; "graph" removes repeated boxes inside, and gives at most
            `max_detections`.
        one_class_per_box: With nms in the graph: whether a box is given once, with its best class.
        score_threshold: With nms in the graph: only detections with a higher score; that of the system if left out.
        iou_threshold: With nms in the graph: overlap from which the weaker of two boxes goes.
        max_detections: With nms in the graph: most detections per image.
        opset: Version of the operators of ONNX, from 18.
        check: Data set whose first validation images go through model and file, to prove that both find the same;
            "auto" takes that of the training if it is still there, else the sample in the package; None for no check.
        box_tolerance: Pixels by which a box may differ; 0.05 if left out, 1 for precision 16.
        score_tolerance: By how much a score may differ; 0.0001 if left out, 0.01 for precision 16.
        triton: Folder of a model repository for NVIDIA Triton that the ONNX file is put into too, under the name of the
            system; None for none.

    Returns:
        Where it was written, and what the check found.

    Raises:
        DataError: The model cannot be read.
        ConfigError: A setting is impossible, or the folder is not empty.
        MissingExtraError: A package is missing.
        ExportError: The format cannot hold the model, or the file finds something else; it stays to be looked at.
    """
    given = {name: value for name, value in locals().items() if name in ExportSettings.__dataclass_fields__}
    settings = ExportSettings(**given)
    _require_possible(model, format, check)
    tolerance = _tolerance(precision, box_tolerance, score_tolerance)
    folder = _free_folder(output)
    system, card = load_model(model)
    if triton is not None:
        require_repository(Path(triton), card.system, format)
    system = _exported_system(system, settings)
    shapes = shapes_of(system, card, batch, canvas)
    weights = path if (path := file_of_model(model)).is_file() else None
    description = described(system, card, shapes, settings, file=FILES[format], weights=weights)
    with whole_folder(folder) as place:
        _write(place, system, shapes, description, settings)
    file = folder / FILES[format]
    report = None if check is None else _proof(system, card, file, check, tolerance)
    served = None if triton is None else write_triton(Path(triton), file, description)
    return Exported(folder, file, report, served)


def _free_folder(output: str | Path | None) -> Path:
    """Gives the folder to write to, or raises an error where something is in it."""
    folder = new_folder(EXPORTS) if output is None else Path(output)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"output: {folder} is not empty. Name a new or an empty folder, or leave it out.")
    return folder


def _require_possible(model: str | Path, format: str, check: str | None) -> None:
    """Raises an error where nothing can be exported, since it was before or packages are missing, or not checked."""
    if format != "torch":
        require_onnx()
    if format == "openvino":
        require_openvino()
    if is_program(model):
        raise ConfigError(f"{model} is exported already. Give the model file that it was made of.")
    if check is not None and check != "auto":
        require_data(check)


def _proof(system: System, card: ModelCard, file: Path, data: str, tolerance: Tolerance) -> CheckReport:
    """Checks a file, and raises an error if it finds something else."""
    report = run_check(system, card, file, data, tolerance)
    if report.faults:
        raise ExportError(f"{file} does not find what the model finds: {report.faults[0]}\n{report}")
    return report


def _tolerance(precision: str, box: float | None, score: float | None) -> Tolerance:
    for name, value in (("box_tolerance", box), ("score_tolerance", score)):
        if value is not None and not 0 <= value < float("inf"):
            raise ConfigError(f"{name} is {value}. Give a finite number from 0; 0 asks for the very same.")
    usual = TOLERANCES[precision]
    return replace(usual, box=usual.box if box is None else box, score=usual.score if score is None else score)


def _exported_system(system: System, settings: ExportSettings) -> System:
    """Gives the system with the thresholds that the file shall have."""
    wishes = {"score_threshold": settings.score_threshold, "iou_threshold": settings.iou_threshold}
    given = {name: value for name, value in wishes.items() if value is not None}
    if settings.nms == "none":
        return system
    if settings.max_detections is not None:
        system = finding_at_most(system, settings.max_detections)
    rule = replace(system.postprocessor, **given, multi_label=not settings.one_class_per_box)  # type: ignore[arg-type]
    if rule.class_agnostic:
        raise ConfigError("nms: in a graph, boxes of different classes never remove each other. Give --nms none.")
    return replace(system, postprocessor=rule)


def _write(
    place: Path, system: System, shapes: GraphShapes, description: ProgramDescription, settings: ExportSettings
) -> None:
    """Writes everything into a folder."""
    suppresses, takes_bytes = description.suppresses, description.takes_bytes
    graph = DetectionGraph(
        system,
        shapes.canvas_size,
        is_half=settings.precision == "16",
        takes_bytes=takes_bytes,
        is_bgr=settings.channels == "bgr",
        suppresses=suppresses,
    ).eval()
    examples = shapes.examples(takes_bytes=takes_bytes, suppresses=suppresses)
    dynamic, said = shapes.dynamic(suppresses=suppresses), description.to_json()
    graph.warm_up(examples)
    file = place / description.file
    names = (description.inputs, description.outputs)
    if settings.format == "onnx":
        write_onnx(file, graph, examples, dynamic, names, {KEY: said}, settings.opset)
        copyfile(Path(__file__).with_name(RUN_MODEL), place / RUN_MODEL)
    elif settings.format == "openvino":
        with TemporaryDirectory() as scratch:
            onnx = Path(scratch, FILES["onnx"])
            write_onnx(onnx, graph, examples, dynamic, names, {}, settings.opset)
            write_openvino(file, onnx, {KEY: said}, is_half=graph.is_half)
    else:
        write_torch(file, graph, examples, dynamic, said)
    with atomic_file(place / MODEL_JSON) as text:
        text.write(f"{description.to_json(indent=2)}\n".encode())
