import torch

from boxwright.prediction.rows import ROW_COLUMNS, row_of, row_of_fault
from boxwright.structures import Detections, ImageOrigin


def test_a_row_holds_plain_values() -> None:
    boxes, origin = torch.tensor([[1.0, 2.0, 3.5, 4.0]]), ImageOrigin(0, "a.jpg", (40, 60))
    found = Detections(boxes, torch.tensor([0.75]), torch.tensor([1]), origin)
    row = row_of("a.jpg", found, ("cat", "dog"))
    assert row == {
        "path": "a.jpg", "error": None, "height": 40, "width": 60, "boxes": [[1.0, 2.0, 3.5, 4.0]],
        "scores": [0.75], "labels": [1], "classes": ["dog"], "masks": None,
    }  # fmt: skip
    assert tuple(row) == ROW_COLUMNS


def test_an_image_without_objects_is_not_one_that_cannot_be_read() -> None:
    empty = Detections(torch.zeros(0, 4), torch.zeros(0), torch.zeros(0).long(), ImageOrigin(0, None, (4, 6)))
    assert row_of(None, empty, ("cat",))["boxes"] == []
    fault = row_of_fault("b.jpg", "b.jpg is broken")
    assert (fault["boxes"], fault["error"], tuple(fault)) == (None, "b.jpg is broken", ROW_COLUMNS)
