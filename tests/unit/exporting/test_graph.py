"""What rounding does to a graph; tests/end_to_end/test_export.py has the files."""

import pytest
import torch

from boxwright.exporting.graph import DetectionGraph
from boxwright.systems import build_system


@pytest.mark.parametrize("is_half", [False, True])
def test_what_float16_moves_is_measured_output_by_output(is_half: bool) -> None:
    torch.manual_seed(0)
    graph = DetectionGraph(build_system("yolov8n", 2), (64, 64), is_half=is_half).eval()
    examples = (torch.rand(1, 3, 64, 64),)
    graph.warm_up(examples)
    with torch.no_grad():
        outputs = graph(*examples)
        rounding = graph.rounding(examples, outputs)
        if not is_half:
            assert rounding is None
            return
        assert rounding is not None
        assert len(rounding) == len(outputs)
        assert rounding[0] > 0, "boxes; scores of a new network are its prior, whatever it computes"
        moved = (outputs[0] + 7.0, outputs[1])
        assert graph.rounding(examples, moved)[0] >= 7.0 - rounding[0]  # type: ignore[index]
        assert graph(*examples)[0].equal(outputs[0]), "it is as it was"
