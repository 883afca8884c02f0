"""The sheet shows the objects of the ranking, and refuses data that the log was not made on."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.end_to_end.tiny_data import write_tiny_data

from boxwright.data import Dataset, open_dataset
from boxwright.errors import ConfigError, DataError
from boxwright.evaluation.pictures import class_color
from boxwright.inspection.losses.ranking import RankedObject
from boxwright.inspection.losses.sheet import CAPTION, MARGIN, PANEL, losses_sheet


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return open_dataset(write_tiny_data(tmp_path_factory.mktemp("data") / "tiny"), "train")


def _ranking(data: Dataset, places: list[tuple[int, int]]) -> list[RankedObject]:
    ranking = []
    for rank, (position, row) in enumerate(places, 1):
        truth = data.truth(position)
        x1, y1, x2, y2 = truth.boxes[row].tolist()
        label, origin = int(truth.labels[row]), truth.origin
        name = data.categories[label]
        box = (x1, y1, x2, y2)
        ranking.append(
            RankedObject(
                rank, 0.9, origin.image_id, str(origin.path), position, row, label, name, box, 3, 0.0, 2.0, 2.0, {}
            )
        )
    return ranking


def test_every_object_has_a_panel(data: Dataset, tmp_path: Path) -> None:
    ranking = _ranking(data, [(0, 0), (3, 1), (0, 1), (5, 0), (2, 0)])
    path = losses_sheet(ranking, data, tmp_path / "sheet.png", count=4, columns=3)
    sheet = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    assert sheet.shape == (2 * (PANEL + CAPTION + MARGIN), 3 * (PANEL + MARGIN), 3)
    second_row = sheet[PANEL + CAPTION + MARGIN :]
    assert (second_row[:, PANEL + MARGIN :] == 255).all(), "four objects leave two places empty"
    for number, each in enumerate(ranking[:4]):
        top, left = (PANEL + CAPTION + MARGIN) * (number // 3), (PANEL + MARGIN) * (number % 3)
        panel = sheet[top + CAPTION : top + CAPTION + PANEL, left : left + PANEL].astype(int)
        color = np.array(class_color(each.label))
        assert (np.abs(panel - color).max(axis=2) < 3).sum() > 100, "the box has the colour of its class"
        shown = panel[PANEL // 2 - 20 : PANEL // 2 + 20, PANEL // 2 - 20 : PANEL // 2 + 20].mean(axis=(0, 1))
        assert (shown[1] > shown[0]) == (each.category == "green"), "the object is in the middle"


def test_an_object_at_the_edge_keeps_its_size(data: Dataset, tmp_path: Path) -> None:
    ranking = _ranking(data, [(0, 0)])
    path = losses_sheet(ranking, data, tmp_path / "one.jpg")
    assert cv2.imread(str(path)).shape == (PANEL + CAPTION + MARGIN, PANEL + MARGIN, 3)


def test_another_data_set_is_refused(data: Dataset, tmp_path: Path) -> None:
    (ranked,) = _ranking(data, [(0, 0)])
    for other, message in (
        (replace(ranked, image_id=77), r"tells of 1\.png, the data set has no image of id 77\. Name the data set"),
        (replace(ranked, row=5), r"tells of object 6 of 1\.png, the data set has 2 there\. Name the data set"),
    ):
        with pytest.raises(DataError, match=message):
            losses_sheet([other], data, tmp_path / "sheet.png")


def test_nothing_to_draw_is_an_error(data: Dataset, tmp_path: Path) -> None:
    for ranking, options in (
        ([], {}),
        (_ranking(data, [(0, 0)]), {"count": 0}),
        (_ranking(data, [(0, 0)]), {"columns": 0}),
    ):
        with pytest.raises(ConfigError, match="A sheet needs objects"):
            losses_sheet(ranking, data, tmp_path / "sheet.png", **options)


def test_images_that_moved_are_found_by_their_ids(data: Dataset, tmp_path: Path) -> None:
    """As after a training that skipped faulty images."""
    ranking = _ranking(data, [(3, 0), (5, 1)])
    moved = [replace(each, position=position) for each, position in zip(ranking, (99, 0), strict=True)]
    one, other = (
        losses_sheet(objects, data, tmp_path / f"{number}.png").read_bytes()
        for number, objects in enumerate((ranking, moved))
    )
    assert one == other


@pytest.mark.parametrize(
    ("name", "message"), [("photo.jpg", "is there already"), ("new.gif", "cannot write a picture")]
)
def test_what_cannot_be_written_is_said_first(data: Dataset, tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"photo")
    with pytest.raises(ConfigError, match=message):
        losses_sheet([], data, tmp_path / name)
    assert (tmp_path / "photo.jpg").read_bytes() == b"photo"
