import numpy as np
import pytest
import torch

from boxwright.data import open_dataset
from boxwright.prediction.frames import Frame, Video
from boxwright.prediction.label_output import LabelOutput, label_rows
from boxwright.structures import Detections, ImageOrigin, InstanceMasks


def detections(masks=None, size=(40, 80)) -> Detections:
    boxes = torch.tensor([[8.0, 4.0, 24.0, 12.0], [0.0, 0.0, 80.0, 40.0]])
    return Detections(boxes, torch.tensor([0.9, 0.5]), torch.tensor([1, 0]), ImageOrigin(0, None, size), masks)


def test_boxes_are_fractions_of_the_image():
    assert label_rows(detections()) == [
        "1 0.200000 0.200000 0.200000 0.200000",
        "0 0.500000 0.500000 1.000000 1.000000",
    ]


def test_masks_are_outlines_with_their_holes():
    full = torch.zeros(2, 40, 80, dtype=torch.bool)
    full[0, 4:12, 8:24] = True
    full[0, 6:8, 10:12] = False
    full[1, :4, :4] = full[1, 20:30, 50:70] = True
    rows = [row.split() for row in label_rows(detections(InstanceMasks.from_boolean(full)))]
    assert [row[0] for row in rows] == ["1", "0"]
    for row, mask in zip(rows, full, strict=True):
        ring = (np.array(row[1:], dtype=float).reshape(-1, 2) * (80, 40)).reshape(-1).tolist()
        back = InstanceMasks.from_polygons([[ring]], (40, 80)).to_boolean()[0]
        assert (back != mask).sum() <= 4
    assert len(label_rows(detections(InstanceMasks.from_boolean(full & False)))) == 0


def test_what_is_written_is_read_as_labels(tmp_path, image_file):
    image_file(tmp_path / "data" / "images" / "a.png", size=(40, 80))
    image_file(tmp_path / "data" / "images" / "b.png", size=(40, 80))
    origin = ImageOrigin(0, None, (40, 80))
    with LabelOutput(tmp_path / "data", ("cat", "dog")) as output:
        pixels = np.zeros((40, 80, 3), np.uint8)
        output.write(Frame(pixels, origin, "a.png"), detections())
        nothing = detections().rows(torch.zeros(2, dtype=torch.bool))
        output.write(Frame(pixels, origin, "b.png"), nothing)
        output.write(Frame(pixels, origin, "v.avi", Video(tmp_path / "v.avi", 5.0), 7), nothing)
    folder = tmp_path / "data"
    names = sorted(path.name for path in (folder / "labels").iterdir())
    assert names == ["a.txt", "b.txt", "classes.txt", "v-000007.txt"]
    assert (folder / "labels" / "classes.txt").read_text() == "cat\ndog\n"
    (folder / "labels" / "v-000007.txt").unlink()
    (folder / "data.yaml").write_text("train: images\nval: images\nnames: [cat, dog]\n")
    truth = open_dataset(folder, "train").truth(0)
    assert truth.labels.tolist() == [1, 0]
    torch.testing.assert_close(truth.boxes, detections().boxes)


def test_a_class_name_stays_on_its_line(tmp_path):
    """Its number is the number of the line."""
    with LabelOutput(tmp_path, ("a\nb", "c\u2028d", "e")):
        pass
    assert (tmp_path / "labels" / "classes.txt").read_text().splitlines() == ["a\\nb", "c\\u2028d", "e"]


def test_objects_without_a_row_are_counted(tmp_path):
    full = torch.zeros(2, 40, 80, dtype=torch.bool)
    full[0, 4:12, 8:24] = True
    found, picture = detections(InstanceMasks.from_boolean(full)), np.zeros((40, 80, 3), np.uint8)
    output = LabelOutput(tmp_path, ("cat", "dog"))
    for name in ("a.png", "b.png"):
        output.write(Frame(picture, ImageOrigin(0, None, (40, 80)), name), found)
    with pytest.warns(UserWarning, match=r"^labels: 2 objects have an empty mask, .* no row"):
        output.__exit__(None, None, None)
    assert [len((tmp_path / "labels" / f"{name}.txt").read_text().splitlines()) for name in "ab"] == [1, 1]
