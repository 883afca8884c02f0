import numpy as np
import torch

from boxwright.evaluation.mask_painting import paint_masks
from boxwright.structures import InstanceMasks

RED, BLUE = (255, 0, 0), (0, 0, 255)


def _grey(size: tuple[int, int] = (20, 30)) -> np.ndarray:
    return np.full((*size, 3), 100, np.uint8)


def _masks(*rectangles: tuple[int, int, int, int]) -> InstanceMasks:
    full = torch.zeros((len(rectangles), 20, 30), dtype=torch.bool)
    for mask, (x1, y1, x2, y2) in zip(full, rectangles, strict=True):
        mask[y1:y2, x1:x2] = True
    return InstanceMasks.from_boolean(full)


def test_inside_is_tinted_and_the_outline_is_full() -> None:
    painted = paint_masks(_grey(), _masks((5, 4, 15, 12)), [RED])
    assert tuple(painted[8, 10]) == (162, 60, 60)  # 0.6 · 100 + 0.4 · colour
    for y, x in ((4, 5), (11, 14), (4, 10), (8, 5)):
        assert tuple(painted[y, x]) == RED
    outside = np.ones((20, 30), bool)
    outside[4:12, 5:15] = False
    assert (painted[outside] == 100).all()


def test_every_mask_has_its_own_colour_and_the_image_is_not_changed() -> None:
    given = _grey()
    painted = paint_masks(given, _masks((0, 0, 5, 5), (20, 10, 30, 20), (0, 0, 0, 0)), [RED, BLUE, RED])
    assert tuple(painted[0, 0]) == RED
    assert tuple(painted[19, 29]) == BLUE
    np.testing.assert_array_equal(given, _grey())


def test_no_masks_change_nothing() -> None:
    np.testing.assert_array_equal(paint_masks(_grey(), InstanceMasks.empty((20, 30)), []), _grey())
