import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from boxwright.data import read_source
from boxwright.data.formats.table_dataset import Reading
from boxwright.errors import DataError


@pytest.fixture
def change(many_images: Path) -> Callable[[Callable[[str], str]], Reading]:
    """Rewrites all file names of a sound data set, and reads it."""

    def rewritten(rename: Callable[[str], str]) -> Reading:
        path = many_images / "annotations/instances_train.json"
        document = json.loads(path.read_text())
        for entry in document["images"]:
            entry["file_name"] = rename(entry["file_name"])
        path.write_text(json.dumps(document))
        return read_source(many_images, "train")

    return rewritten


@pytest.mark.parametrize(
    "front",
    ["images\\", "..\\..\\media\\upload\\4\\", "C:\\Users\\me\\", "/disk/other/export/images/", "file:///x/", "sub/"],
)
def test_paths_of_other_machines_are_found_and_said_once(change: Any, front: str) -> None:
    reading = change(lambda name: front + name)
    assert len(reading.table) == 11
    (fault,) = reading.faults.faults
    assert (fault.code, fault.severity) == ("path-elsewhere", "warning")
    assert fault.message.startswith("11 file_names not there")


def test_names_as_in_addresses(change: Any, many_images: Path) -> None:
    for path in (many_images / "images").iterdir():
        path.rename(path.with_name(f"my {path.name}"))
    assert len(change(lambda name: f"my%20{name}").table) == 11


def test_some_of_many(change: Any) -> None:
    reading = change(lambda name: f"D:\\x\\{name}" if name == "3.png" else name)
    assert len(reading.table) == 11
    assert "1 file_name not there" in reading.faults.faults[0].message


def test_a_file_outside_is_no_file_inside(change: Any, many_images: Path) -> None:
    outside = many_images.parent / "outside"
    outside.mkdir()
    for path in (many_images / "images").iterdir():
        (outside / path.name).write_bytes(path.read_bytes())
    reading = change(lambda name: f"{outside}/{name}")
    assert {fault.code for fault in reading.faults.faults} >= {"path-outside"}
    assert len(reading.table) == 0


def test_paths_without_an_image_here_are_one_line(change: Any, many_images: Path) -> None:
    (many_images / "images").rename(many_images / "pictures")
    with pytest.raises(DataError) as raised:
        change(lambda name: f"C:\\Users\\me\\{name}")
    message = str(raised.value)
    assert "none of its 11 images is there" in message
    assert message.count("Users") == 1
    assert "write file_name relative" in message


def test_two_images_that_turn_out_to_be_one(change: Any, many_images: Path) -> None:
    with pytest.raises(DataError, match="both are"):
        change(lambda name: f"/x/{name}/0.png")


def test_a_yaml_file_whose_paths_look_like_numbers(many_images: Path) -> None:
    (many_images / "images").rename(many_images / "2024")
    (many_images / "annotations/instances_train.json").rename(many_images / "1.10")
    (many_images / "data.yaml").write_text("train: {annotations: 1.10, images: 2024}\n")
    assert len(read_source(many_images / "data.yaml", "train").table) == 11
