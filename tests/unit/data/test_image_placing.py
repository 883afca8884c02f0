import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from boxwright.data import convert, open_dataset
from boxwright.data.formats.losses import Losses
from boxwright.data.image_placing import names_of_images
from boxwright.errors import DataError


def _names(*paths: str, taken: set[str] | None = None) -> tuple[list[str], list[str]]:
    losses = Losses()
    names = names_of_images(paths, set() if taken is None else taken, losses)
    return list(names), [line.partition(" × ")[2].partition(" (")[0] for line in losses.lines()]


def test_stems_are_the_only_ones() -> None:
    names, lost = _names("x/a.jpg", "y/a.jpg", "a.png", "a-2.jpg", "b.jpg", "z/a.jpg")
    assert names == ["a.jpg", "a-2.jpg", "a-3.png", "a-2-2.jpg", "b.jpg", "a-4.jpg"]
    assert lost == ["file names that another image has, a number was added"]
    assert _names("a.jpg", "b.jpg", taken={"a"})[0] == ["a-2.jpg", "b.jpg"]


def test_stems_differ_also_on_a_disk_that_ignores_capitals() -> None:
    assert _names("x/A.jpg", "y/a.jpg", "a-2.png", "A-2.png")[0] == ["A.jpg", "a-2.jpg", "a-2-2.png", "A-2-3.png"]
    assert _names("B.jpg", taken={"b"})[0] == ["B-2.jpg"]
    assert _names("\u00e9.jpg", "e\u0301.jpg")[0] == ["\u00e9.jpg", "e\u0301-2.jpg"]  # two spellings of é


def test_an_image_that_is_listed_again() -> None:
    names, lost = _names("a.jpg", "a.jpg", "a.jpg")
    assert names == ["a.jpg", "a-2.jpg", "a-3.jpg"]
    assert lost == ["images that are listed again, written as often, a number was added"]


class CountedNames(set[str]):
    asked = 0

    def __contains__(self, name: object) -> bool:
        self.asked += 1
        return super().__contains__(name)


def test_many_images_of_one_stem_cost_no_more_than_others() -> None:
    taken = CountedNames()
    names = names_of_images([f"d{number}/frame.jpg" for number in range(5_000)], taken, Losses())
    assert len(set(names)) == 5_000
    assert taken.asked <= 2 * 5_000  # numbers that were sought from 2 on each time asked twelve million times


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text("a password")
    return path


@pytest.mark.parametrize("to", ["coco", "yolo", "voc"])
def test_what_is_no_image_is_not_copied(to: str, everything: Path, secret: Path, tmp_path: Path) -> None:
    (everything / "images/train/a.png").unlink()
    (everything / "images/train/a.png").symlink_to(secret)
    with pytest.raises(DataError, match=r"a\.png.*is not an image"):
        convert(everything, tmp_path / "out", to=to)
    assert not (tmp_path / "out").exists()
    done = convert(everything, tmp_path / "out", to=to, on_bad="skip")
    assert done.images == {"train": 1, "val": 2}
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert all(b"password" not in path.read_bytes() for path in written)
    assert len(open_dataset(tmp_path / "out", "train")) == 1


@pytest.mark.parametrize("fault", ["missing", "pipe", "folder", "empty"])
def test_files_that_cannot_be_copied_are_found_before_anything_is_written(
    fault: str, everything: Path, tmp_path: Path
) -> None:
    path = everything / "images/train/a.png"
    path.unlink()
    if fault == "pipe":
        os.mkfifo(path)
    elif fault == "folder":
        path.mkdir()
    elif fault == "empty":
        path.touch()
    with pytest.raises(DataError, match=r"a\.png"):
        convert(everything, tmp_path / "out", to="coco")
    assert not (tmp_path / "out").exists()


def test_links_that_lead_out_are_said(everything: Path, tmp_path: Path) -> None:
    far = tmp_path / "far"
    far.mkdir()
    (everything / "images/train/a.png").rename(far / "a.png")
    (everything / "images/train/a.png").symlink_to(far / "a.png")
    (everything / "images/val/a.png").rename(everything / "moved.png")
    (everything / "images/val/a.png").symlink_to(everything / "moved.png")
    done = convert(everything, tmp_path / "out", to="coco")
    (line,) = done.losses
    assert line.startswith("1 × links that lead out of the source: what they lead to was copied")
    assert not (tmp_path / "out/images/train/a.png").is_symlink()


def test_a_data_set_that_is_reached_through_a_link_leads_nowhere_out(everything: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(everything)
    assert convert(tmp_path / "link", tmp_path / "out", to="coco").losses == ()


def test_repeats_of_a_list_are_written(tmp_path: Path) -> None:
    root = tmp_path / "source"
    for folder in ("images", "labels"):
        (root / folder).mkdir(parents=True)
    for number, name in enumerate("ab"):
        pixels = np.random.default_rng(number).integers(0, 256, (40, 60, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(root / f"images/{name}.png")
        (root / f"labels/{name}.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (root / "list.txt").write_text("images/a.png\nimages/b.png\nimages/a.png\n")
    (root / "data.yaml").write_text("train: list.txt\nnames: [cat]\n")
    for to in ("coco", "yolo", "voc"):
        done = convert(root, tmp_path / to, to=to)
        assert done.images == {"train": 3}
        assert any("listed again" in line for line in done.losses)
        assert len(open_dataset(tmp_path / to, "train")) == 3
    document = json.loads((tmp_path / "coco/annotations/instances_train.json").read_text())
    assert len({entry["file_name"] for entry in document["images"]}) == 3
