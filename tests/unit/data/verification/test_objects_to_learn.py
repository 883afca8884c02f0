import pytest
import torch

from boxwright.data import TableDataset, from_torch
from boxwright.data.faults import Fault
from boxwright.data.formats.annotation_table import AnnotationTable
from boxwright.data.verification.objects_to_learn import Use, lack_of_objects, require_objects
from boxwright.errors import DataError

CANVAS = (64, 64)


def _part(
    *rows: tuple[tuple[float, float, float, float], bool], images: int = 2, faults: tuple[Fault, ...] = ()
) -> TableDataset:
    """Images of 640 × 640, each with all the rows (box and whether it is ignored)."""
    table = AnnotationTable.build(
        [f"{number}.png" for number in range(images)],
        range(images),
        [(640, 640)] * images,
        [(image, *box, 0, ignore, 1.0) for image in range(images) for box, ignore in rows],
    )
    return TableDataset(("cell",), (1,), table, faults)


SEEN, SMALL = (10.0, 10.0, 60.0, 60.0), (10.0, 10.0, 25.0, 100.0)  # 5 and 1.5 pixels wide on the canvas


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (_part((SEEN, True), (SEEN, True)), "all 4 are crowd regions (iscrowd 1) or difficult ones"),
        (_part((SMALL, False)), "all 2 are under 2 pixels on a canvas of 64 × 64"),
        (_part((SMALL, False), (SEEN, True)), "2 are crowd regions"),
        (_part(), "there is none in 2 images"),
        (_part(faults=(Fault("box-empty", "x", None, "bbox"),)), "1 fault left out"),
    ],
)
def test_what_there_is_instead_is_said(part: TableDataset, text: str) -> None:
    lack = lack_of_objects(part, CANVAS, "x.json", "learn")
    assert lack is not None
    assert (lack.code, lack.severity) == ("nothing-to-learn", "error")
    assert lack.message.startswith("no object to learn: ")
    assert text in lack.message
    assert lack.cure
    lack = lack_of_objects(part, CANVAS, "x.json", "measure")
    assert lack is not None
    assert (lack.code, lack.severity) == ("nothing-to-measure", "warning")
    assert lack.message.startswith("no object to measure on: ")


@pytest.mark.parametrize("use", ["learn", "measure"])
def test_one_object_is_enough(use: Use) -> None:
    assert lack_of_objects(_part((SMALL, False), (SEEN, True), (SEEN, False)), CANVAS, "x", use) is None
    assert lack_of_objects(_part((SMALL, False)), (640, 640), "x", use) is None


@pytest.mark.parametrize("use", ["learn", "measure"])
def test_no_image_is_an_error_for_either_use(use: Use) -> None:
    lack = lack_of_objects(_part(images=0), CANVAS, "x", use)
    assert lack is not None
    assert (lack.code, lack.severity) == ("part-empty", "error")


def test_the_first_object_ends_the_search() -> None:
    class Counting:
        reads = 0

        def __len__(self) -> int:
            return 1_000

        def __getitem__(self, position: int) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
            self.reads += 1
            return torch.zeros(3, 64, 64), {"boxes": torch.tensor([[1.0, 1, 9, 9]]), "labels": torch.tensor([1])}

    images = Counting()
    assert lack_of_objects(from_torch(images, ["cell"]), CANVAS, "x", "learn") is None
    assert images.reads == 1


def test_learning_stops_and_measuring_warns(caplog: pytest.LogCaptureFixture) -> None:
    part = _part((SEEN, True))
    with pytest.raises(DataError, match=r"^x, train: no object to learn: all 2 are crowd .*iscrowd.*each\.$"):
        require_objects(part, CANVAS, "x, train", "learn")
    require_objects(part, CANVAS, "x, val", "measure")
    assert "x, val: no object to measure on: all 2 are crowd" in caplog.text
    caplog.clear()
    require_objects(_part((SEEN, False)), CANVAS, "x", "learn")
    assert not caplog.text
