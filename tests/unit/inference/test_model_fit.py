"""Canvases and categories that a model has or has not."""

import pytest

from boxwright.errors import ConfigError, DataError
from boxwright.inference import check_canvas, check_categories
from boxwright.systems import build_system


@pytest.mark.parametrize(("size", "near"), [((64, 70), "64 × 64"), ((0, 64), "32 × 64")])
def test_a_canvas_must_fit_the_stride(size: tuple[int, int], near: str) -> None:
    with pytest.raises(ConfigError, match=f"canvas: both sides .* of 32; .* nearest that fits is {near}"):
        check_canvas(build_system("yolov8n", 1), size)
    check_canvas(build_system("yolov8n", 1), (64, 96))


def test_a_system_may_have_one_canvas() -> None:
    system = build_system("ssd300_light", 1)
    check_canvas(system, (300, 300))
    for size in ((600, 600), (320, 320), (300, 600)):
        with pytest.raises(ConfigError, match="canvas: this system works on 300 × 300 only; found"):
            check_canvas(system, size)


def test_categories_must_be_the_same_in_the_same_order() -> None:
    check_categories(("a", "b"), ("a", "b"), "model.pt")
    with pytest.raises(DataError, match=r"model.pt finds b, a; the data to measure on has a, b"):
        check_categories(("b", "a"), ("a", "b"), "model.pt")
