from dataclasses import replace

import numpy as np
import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.evaluation import Example, validation_sheet
from boxwright.evaluation.pictures import CLASS_COLORS
from boxwright.structures import Detections, GroundTruth, ImageOrigin, InstanceMasks

CATEGORIES = ("cat", "dog", "hörse")


def example(size=(120, 160), name="a.jpg", label=1, score=0.9) -> Example:
    origin = ImageOrigin(0, name, size)
    box = torch.tensor([[20.0, 20, 80, 80]])
    return Example(
        np.full((*size, 3), 200, np.uint8),
        Detections(box, torch.tensor([score]), torch.tensor([label]), origin),
        GroundTruth(box, torch.tensor([0]), torch.tensor([False]), torch.tensor([3600.0]), origin),
    )


def has_color(sheet, label) -> bool:
    color = [int(CLASS_COLORS[label][i : i + 2], 16) for i in (1, 3, 5)]
    return bool((sheet == color).all(axis=2).any())


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (2, 1), (3, 2), (5, 3)])
def test_layout(count, rows):
    sheet = validation_sheet([example()] * count, CATEGORIES, panel_width=320)
    one = validation_sheet([example()], CATEGORIES, panel_width=320)
    assert sheet.dtype == np.uint8
    assert sheet.shape[1] == one.shape[1]  # a lone example is filled up to all columns
    cell = validation_sheet([example()] * 4, CATEGORIES, panel_width=320).shape[0] - one.shape[0]
    assert sheet.shape[0] == one.shape[0] + (rows - 1) * cell
    assert cell > 240  # the picture, its caption and a margin


def test_legend_names_the_classes_that_appear():
    sheet = validation_sheet([example(label=1)], CATEGORIES)
    assert [has_color(sheet[:30], label) for label in range(3)] == [True, True, False]
    weak = validation_sheet([example(label=1, score=0.1)], CATEGORIES)
    assert [has_color(weak, label) for label in range(3)] == [True, False, False]


def test_images_of_different_sizes_and_long_names_fit():
    examples = [example((300, 100), "x" * 500 + ".jpg"), example((50, 400)), example((1, 1))]
    sheet = validation_sheet(examples, CATEGORIES, columns=3, panel_width=100)
    assert sheet.ndim == 3


def test_a_strip_of_one_pixel_is_no_tower():
    usual = validation_sheet([example()], CATEGORIES, panel_width=100)
    tall = validation_sheet([example((5000, 1))], CATEGORIES, panel_width=100)
    assert tall.shape[1] == usual.shape[1]
    assert tall.shape[0] < 600


def test_impossible_sheets_are_errors():
    with pytest.raises(ConfigError, match="at least 1"):
        validation_sheet([], CATEGORIES)
    with pytest.raises(ConfigError, match="at least 1"):
        validation_sheet([example()], CATEGORIES, columns=0)


def test_masks_of_both_sides_are_painted_into_their_own_panel():
    full = torch.zeros((1, 120, 160), dtype=torch.bool)
    full[0, 30:70, 30:70] = True
    masks, plain = InstanceMasks.from_boolean(full), example(label=1)
    true_side = Example(plain.image, plain.detections, replace(plain.truth, masks=masks))
    found_side = Example(plain.image, replace(plain.detections, masks=masks), plain.truth)
    sheets = [validation_sheet([each], CATEGORIES, columns=1) for each in (plain, true_side, found_side)]
    half = sheets[0].shape[1] // 2
    changed = [(sheet != sheets[0]).any(axis=2) for sheet in sheets[1:]]
    assert [bool(where[:, :half].any()) for where in changed] == [True, False]
    assert [bool(where[:, half:].any()) for where in changed] == [False, True]
