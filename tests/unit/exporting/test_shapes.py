"""Which sizes are fixed."""

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.exporting.shapes import shapes_of
from boxwright.systems import ModelCard, build_system


def _card(name: str) -> ModelCard:
    return ModelCard(name, {}, 1, ("a",), (0,), (96, 64), {}, 2, "0")


def test_what_is_left_out_is_that_of_the_training() -> None:
    shapes = shapes_of(build_system("yolov8n", 1), _card("yolov8n"), "dynamic", None)
    assert (shapes.batch, shapes.canvas_size, shapes.example_canvas) == (None, (96, 64), (96, 64))
    images, windows = shapes.examples(takes_bytes=True, suppresses=True)
    assert images.shape == (2, 3, 96, 64)
    assert images.dtype == torch.uint8
    assert windows.tolist() == [[0, 0, 64, 96]] * 2
    assert [sorted(axes) for axes in shapes.dynamic(suppresses=True)] == [[0], [0]]


@pytest.mark.parametrize(
    ("name", "smallest"), [("yolov8n", 64), ("retinanet_r18", 256), ("fcos_r18", 256), ("ssd_tiny", 64)]
)
def test_the_example_of_a_dynamic_canvas_has_several_cells_everywhere(name: str, smallest: int) -> None:
    shapes = shapes_of(build_system(name, 1), _card(name), 1, "dynamic")
    height, width = shapes.example_canvas
    assert (shapes.batch, shapes.canvas_size) == (1, None)
    assert height == smallest < width
    assert [sorted(axes) for axes in shapes.dynamic(suppresses=False)] == [[2, 3]]


@pytest.mark.parametrize("canvas", ["free", 100, (64, 0)])
def test_a_canvas_that_is_none_is_an_error(canvas: object) -> None:
    with pytest.raises(ConfigError, match="canvas"):
        shapes_of(build_system("yolov8n", 1), _card("yolov8n"), 1, canvas)


def test_a_system_of_one_canvas_cannot_have_a_dynamic_one() -> None:
    with pytest.raises(ConfigError, match=r"ssd300_light works on 300 × 300 only.*Leave it out"):
        shapes_of(build_system("ssd300_light", 1), _card("ssd300_light"), 1, "dynamic")
