import cv2
import numpy as np
import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.prediction.crop_output import CropOutput, folder_names
from boxwright.prediction.frames import Frame, Video
from boxwright.structures import Detections, ImageOrigin


def write(output, name, labels, path=None, **where) -> None:
    origin = ImageOrigin(0, path, (48, 64))
    boxes = torch.tensor([[1.2, 2.0, 11.25, 22.0], [30.0, 30, 40, 41], [5.0, 5, 5, 5]])[: len(labels)]
    found = Detections(boxes, torch.linspace(0.9, 0.5, len(labels)), torch.tensor(labels).long(), origin)
    output.write(Frame(np.full((48, 64, 3), 90, np.uint8), origin, name, **where), found)


def test_every_object_is_a_picture_in_the_folder_of_its_class(tmp_path):
    with CropOutput(tmp_path, ("cat", "dog")) as output:
        write(output, "sub/a.png", [0, 0, 1])
        write(output, "b.avi", [1], video=Video(tmp_path / "b.avi", 5.0), position=3)
        write(output, "c.jpg", [])
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.jpg"))
    assert found == ["crops/cat/sub/a-2.jpg", "crops/cat/sub/a.jpg", "crops/dog/b-000003.jpg"]
    assert cv2.imread(str(tmp_path / "crops/cat/sub/a.jpg")).shape == (20, 11, 3)
    assert not output.renamed


def test_nothing_lies_beside_the_source(tmp_path):
    with CropOutput(tmp_path, ("cat",)) as output, pytest.raises(ConfigError, match="is a folder of the source"):
        write(output, "a.png", [0], path=str(tmp_path / "crops" / "cat" / "a.png"))


@pytest.mark.parametrize(
    "names",
    [
        ("a/b", "a_b", "A_B"),
        ("..", ".", ""),
        ("/etc", "C:\\x", "two\nlines"),
        ("猫", "x" * 500, "\udcff"),
        ("cat", "Cat"),
    ],
)
def test_every_class_has_a_folder_of_its_own_in_the_output(names):
    folders = folder_names(names)
    assert len({folder.casefold() for folder in folders}) == len(names)
    for clash in (["cat-2", "cat", "cat/"], ["class-1", ""], ["cat-2-2", "cat-2", "Cat", "cat", "CAT"]):
        assert len({folder.casefold() for folder in folder_names(clash)}) == len(clash), clash
    assert all(folder and not set(folder) & set("/\\:\n.") and len(folder.encode()) < 250 for folder in folders)
