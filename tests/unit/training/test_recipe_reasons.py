"""What is said of images with many objects."""

import pytest

from boxwright.training.recipe_reasons import said_of_crowds

MORE = "An image has up to 289 objects, so with room to spare the model finds up to 600 in one in place of 300."
LESS = "An image has up to 1,289 objects, and the model finds 300 in one at most: --detections_per_image N gives more."


@pytest.mark.parametrize(
    ("objects", "most", "usual", "said"),
    [
        (289, 600, 300, MORE),
        (289, 300, 300, ""),
        (289, 600, 600, ""),  # as was asked for
        (1, 1, 1, ""),
        (1, 50, 300, ""),
        (1_289, 300, 300, LESS),
        (12_000, 10_000, 300, LESS.replace("1,289", "12,000").replace("300", "10,000")),
    ],
)
def test_what_is_said_of_crowds(objects: int, most: int, usual: int, said: str) -> None:
    assert said_of_crowds(objects, "image", most, usual=usual) == said
    assert said_of_crowds(objects, "tile", most, usual=usual) == said.replace("An image", "A tile")
