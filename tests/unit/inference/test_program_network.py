"""An exported network behind the runner; the program is one that is made up here."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from boxwright.errors import ConfigError, DataError
from boxwright.exporting.described import described
from boxwright.exporting.graph import DetectionGraph
from boxwright.exporting.shapes import shapes_of
from boxwright.geometry.letterbox import Letterbox
from boxwright.inference import Runner, finding_at_most
from boxwright.inference.program_network import window_of
from boxwright.inference.program_system import DecodedBoxes, ProgramSystem, scores_as_they_are
from boxwright.settings.export import ExportSettings
from boxwright.structures import Batch, ImageOrigin, Targets
from boxwright.systems import System, build_system
from boxwright.systems.model_card import card_of

CANVAS = (64, 96)


class _Eager:
    """Runs the graph by torch, and notes how many images came at once."""

    device = torch.device("cpu")

    def __init__(self, graph: DetectionGraph) -> None:
        self.graph, self.counts = graph.eval(), list[int]()

    @torch.no_grad()
    def __call__(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        self.counts.append(len(inputs[0]))
        return list(self.graph(*inputs))


class _Given:
    """Gives what was given to it, whatever comes, or fails."""

    device = torch.device("cpu")

    def __init__(self, outputs: list[Tensor] | Exception) -> None:
        self.outputs = outputs

    def __call__(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        if isinstance(self.outputs, Exception):
            raise self.outputs
        return self.outputs


def _program(system: System, canvas: tuple[int, int] | str = CANVAS, **asked: object) -> tuple[ProgramSystem, _Eager]:
    card = card_of(system, categories=("a", "b"), category_ids=(0, 1), canvas_size=CANVAS, config={})
    settings = ExportSettings(**asked)
    shapes = shapes_of(system, card, settings.batch, canvas)
    if settings.nms == "graph":
        system = replace(system, postprocessor=replace(system.postprocessor, multi_label=False))
    said = described(system, card, shapes, settings, file="m.onnx", weights=None)
    graph = DetectionGraph(
        system,
        shapes.canvas_size,
        takes_bytes=said.takes_bytes,
        is_bgr=said.channel_order == "bgr",
        suppresses=said.suppresses,
    )
    eager = _Eager(graph)
    rule = replace(system.postprocessor, coder=DecodedBoxes(), activation=scores_as_they_are)
    parts = {name: getattr(system, name) for name in System.__dataclass_fields__} | {"postprocessor": rule}
    return ProgramSystem(**parts, path=Path("m.onnx"), description=said, program=lambda _: eager), eager


@pytest.fixture(scope="module")
def system() -> System:
    torch.manual_seed(0)
    made = build_system("yolov8n-seg", 2)
    for module in made.detector.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        made.detector.train()(torch.randn(2, 3, 64, 64))
    made.detector.eval()
    for layer in made.detector.head.class_layers():
        torch.nn.init.zeros_(made.detector.head.get_submodule(layer).bias)
    return finding_at_most(made, 20)


@pytest.fixture(scope="module")
def batch() -> Batch:
    letterbox = Letterbox((0.5, 0.5), (0.0, 8.0), CANVAS)
    origins = tuple(ImageOrigin(number, None, (128, 160), letterbox) for number in range(3))
    images = torch.randint(0, 256, (3, 3, *CANVAS), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    return Batch(images, Targets.from_lists([torch.zeros(0, 4)] * 3, [torch.zeros(0, dtype=torch.int64)] * 3), origins)


@pytest.mark.parametrize(
    "asked",
    [
        {"batch": 2},
        {"input": "uint8", "channels": "bgr", "batch": "dynamic"},
        {"nms": "graph", "batch": 4, "input": "uint8"},
    ],
)
def test_it_finds_what_the_model_finds(asked: dict[str, object], system: System, batch: Batch) -> None:
    one_class = replace(system, postprocessor=replace(system.postprocessor, multi_label=False))
    program, eager = _program(one_class, **asked)
    wanted, found = Runner(one_class, CANVAS)(batch), Runner(program, CANVAS)(batch)
    for one, other in zip(wanted, found, strict=True):
        assert len(one) == len(other) > 2
        torch.testing.assert_close(other.boxes, one.boxes, rtol=0, atol=0.05)  # as far as an export may differ
        torch.testing.assert_close(other.scores, one.scores, rtol=0, atol=1e-5)
        assert torch.equal(other.labels, one.labels)
        assert one.masks is not None
        assert other.masks is not None
        assert (one.masks.to_boolean() ^ other.masks.to_boolean()).float().mean() < 1e-3
    size = asked["batch"]
    assert eager.counts == ([3] if size == "dynamic" else [size] * -(-3 // size))


def test_a_canvas_that_the_file_does_not_allow_is_an_error(system: System) -> None:
    program, _ = _program(system)
    with pytest.raises(ConfigError, match=r"m\.onnx works on 64 × 96 only; found 96 × 96.*--canvas dynamic"):
        Runner(program, (96, 96))
    with pytest.raises(ConfigError, match="multiples of 32"):
        Runner(_program(system, "dynamic")[0], (100, 64))


def test_a_program_of_torch_needs_two_cells_on_every_level(system: System) -> None:
    program, _ = _program(system, "dynamic", format="torch")
    Runner(program, (64, 96))
    with pytest.raises(ConfigError, match="sides above 32"):
        Runner(program, (32, 96))


def test_a_precision_of_its_own_is_an_error(system: System) -> None:
    with pytest.raises(ConfigError, match="fixed when it was exported"):
        Runner(_program(system)[0], CANVAS, precision="bf16")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"iou_threshold": 0.3}, "iou_threshold.*with iou_threshold 0.7; found 0.3"),
        ({"score_threshold": 0.0001}, "score_threshold"),
        ({"max_detections": 50}, "max_detections"),
        ({"class_agnostic": True}, "class_agnostic"),
        ({"multi_label": True}, "one_class_per_box True; found False"),
    ],
)
def test_what_the_graph_has_done_otherwise_is_an_error(changes: dict[str, object], said: str, system: System) -> None:
    program, _ = _program(system, nms="graph")
    program = replace(program, postprocessor=replace(program.postprocessor, multi_label=False))
    Runner(program, CANVAS)
    with pytest.raises(ConfigError, match=said):
        Runner(replace(program, postprocessor=replace(program.postprocessor, **changes)), CANVAS)


def test_a_graph_with_suppression_has_no_raw_predictions(system: System, batch: Batch) -> None:
    program, _ = _program(system, nms="graph")
    program = replace(program, postprocessor=replace(program.postprocessor, multi_label=False))
    with pytest.raises(ConfigError, match="--nms none"):
        Runner(program, CANVAS).predictions(batch.images)


@pytest.mark.parametrize("nms", ["none", "graph"])
def test_a_file_that_gives_something_else_is_an_error(nms: str, system: System, batch: Batch) -> None:
    """Outputs in another order, too few, of fewer images or of other sizes: it is another network with this card."""
    program, eager = _program(system, nms=nms)
    rule = replace(program.postprocessor, multi_label=False)
    inputs = [batch.images.float(), torch.zeros(3, 4)]
    right = eager(inputs if nms == "graph" else inputs[:1])
    for wrong in (
        right[::-1],
        right[:-1],
        [*right, right[0]],
        [],
        [each[:1] for each in right],
        [each[..., :-1] if each.dim() > 1 else each for each in right],
        [each.unsqueeze(-1) for each in right],
        [each.sum() for each in right],
    ):
        other = replace(program, postprocessor=rule, program=lambda _, wrong=wrong: _Given(wrong))
        with pytest.raises(DataError, match=r"m\.onnx gives .* of other shapes than it says"):
            Runner(other, CANVAS)(batch)


def test_a_file_that_cannot_run_is_an_error(system: System, batch: Batch) -> None:
    program, _ = _program(system)
    broken = replace(program, program=lambda _: _Given(RuntimeError("no kernel\nfor it")))
    with pytest.raises(DataError, match=r"m\.onnx cannot run on 3 images of 64 × 96 \(no kernel\)"):
        Runner(broken, CANVAS)(batch)
    with pytest.raises(MemoryError):
        Runner(replace(program, program=lambda _: _Given(MemoryError())), CANVAS)(batch)


def test_a_window_is_where_the_image_lies() -> None:
    assert window_of(ImageOrigin(0, None, (64, 96)), CANVAS) == (0, 0, 96, 64)
    letterbox = Letterbox((0.5, 0.5), (2.0, 8.0), CANVAS)
    assert window_of(ImageOrigin(0, None, (120, 160), letterbox), CANVAS) == (8, 2, 88, 62)
