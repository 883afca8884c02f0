"""What detections of some images find, whatever the portions in which images come."""

from dataclasses import fields
from itertools import pairwise

import numpy as np
import pytest
from tests.unit.evaluation.drawn_scenes import compared, shaken_scenes

from boxwright.evaluation.compared_image import compare
from boxwright.evaluation.matched_images import MatchedImages, joined, match_images

BOX, OTHER = (10.0, 10.0, 30.0, 30.0), (100.0, 100.0, 150.0, 150.0)


def test_only_detections_that_find_something_are_finders() -> None:
    image = compared([(OTHER, 0, 0.9), (BOX, 1, 0.8), (BOX, 0, 0.7)], [(BOX, 0)])
    matched = match_images([(7, image)], "bbox", 100)
    assert matched.labels[matched.finders].tolist() == [0]
    assert matched.rank.tolist() == [1]
    assert matched.image_ids.tolist() == [7, 7, 7]
    assert matched.is_true[0, 0].all()


def test_ignored_regions_are_found_and_not_true() -> None:
    matched = match_images([(0, compared([(BOX, 0, 0.9)], [(BOX, 0)], crowd=(0,)))], "bbox", 100)
    assert matched.is_found.all()
    assert not matched.is_true.any()
    assert len(matched.target_labels) == 0


@pytest.mark.parametrize("cuts", [(0, 3, 7, 12), (0, 1, 2, 12)])
@pytest.mark.parametrize("ids", [list(range(12)), [5, 0, 11, 3, 8, 1, 10, 2, 9, 4, 7, 6]])
def test_portions_make_no_difference(cuts: tuple[int, ...], ids: list[int]) -> None:
    scenes = shaken_scenes(3, 12)
    for found, _ in scenes:
        found.scores.fill_(0.5)  # of equal score the image decides
    images = [(ids[place], compare(*each)) for place, each in enumerate(scenes)]
    portions = [match_images(images[start:stop], "bbox", 100) for start, stop in pairwise(cuts)]
    whole, parts = _ranked(match_images(images, "bbox", 100)), _ranked(joined(portions))
    for name, column in whole.items():
        np.testing.assert_array_equal(parts[name], column, err_msg=name)


def test_nothing_joins_to_nothing() -> None:
    assert len(joined([]).labels) == 0


def _ranked(matched: MatchedImages) -> dict[str, np.ndarray]:
    """Columns in the order in which COCO goes through them; targets in any order."""
    order = np.lexsort((-matched.scores, matched.labels))
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    finders = place[matched.finders].argsort()
    columns = {each.name: getattr(matched, each.name) for each in fields(matched)}
    ranked = {name: columns[name][order] for name in ("image_ids", "labels", "scores", "in_range")}
    ranked |= {name: columns[name][finders] for name in ("rank", "is_found", "is_true")}
    targets = np.sort(columns["target_labels"] * 16 + columns["target_in_range"] @ np.array([1, 2, 4, 8]))
    return ranked | {"finders": place[matched.finders][finders], "targets": targets}
