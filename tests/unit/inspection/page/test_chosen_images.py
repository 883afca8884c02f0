"""Images are chosen by number, name, path or id."""

from dataclasses import dataclass, field

import pytest
import torch

from boxwright.data import open_dataset
from boxwright.errors import ConfigError, DataError
from boxwright.inspection.page.chosen_images import chosen_images, image_name
from boxwright.structures import GroundTruth, ImageOrigin


@dataclass
class _Named:
    """A data set of which only the names matter."""

    paths: list[str | None]
    categories: tuple[str, ...] = ("a",)
    category_ids: tuple[int, ...] = field(default=(1,))

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, position: int):
        raise AssertionError("no image is decoded to find it by its name")

    def truth(self, position: int) -> GroundTruth:
        nothing = torch.zeros(0, dtype=torch.int64)
        origin = ImageOrigin(100 + position, self.paths[position], (4, 4))
        return GroundTruth(torch.zeros(0, 4), nothing, nothing.bool(), torch.zeros(0), origin)


DATA = _Named(["one/a.png", "two/a.png", "one/b.png", None, "one/c d.png"])


@pytest.mark.parametrize(
    ("count", "wanted"), [(1, [0]), (2, [0, 4]), (3, [0, 2, 4]), (5, [0, 1, 2, 3, 4]), (99, [0, 1, 2, 3, 4])]
)
def test_a_number_is_spread_over_the_data_set(count: int, wanted: list[int]) -> None:
    assert chosen_images(DATA, count) == wanted


@pytest.mark.parametrize(
    ("names", "wanted"),
    [("b.png", [2]), (["b.png", "100"], [2, 0]), ("two/a.png", [1]), ("103", [3]), (["c d.png", "104"], [4])],
)
def test_names_paths_and_ids(names: str | list[str], wanted: list[int]) -> None:
    assert chosen_images(DATA, names) == wanted


def test_the_end_of_a_path_is_enough() -> None:
    assert chosen_images(_Named(["/data/x/one/a.png", "/data/x/two/a.png"]), "two/a.png") == [1]


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"Did you mean 'b\.png'\?"):
        chosen_images(DATA, "bb.png")


def test_a_name_of_two_images_is_no_name() -> None:
    with pytest.raises(ConfigError, match=r"2 images are called 'a\.png'"):
        chosen_images(DATA, "a.png")


@pytest.mark.parametrize("images", [0, -1, 201, [], ["b.png"] * 201])
def test_1_to_200(images: int | list[str]) -> None:
    with pytest.raises(ConfigError, match="1 to 200 fit into a page"):
        chosen_images(DATA, images)


def test_nothing_to_choose_from() -> None:
    with pytest.raises(DataError, match="--split"):
        chosen_images(_Named([]), 3)


def test_a_name_is_shown_without_folders() -> None:
    assert [image_name(DATA, position) for position in (1, 3)] == ["a.png", "image 103"]
    sample = open_dataset("sample:bccd", "val")
    assert chosen_images(sample, image_name(sample, 3)) == [3]
