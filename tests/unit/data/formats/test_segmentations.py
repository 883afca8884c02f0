import json

import numpy as np
import pytest
import torch
from pycocotools import mask as mask_code
from torch.profiler import profile

from boxwright.data.formats import segmentations
from boxwright.data.formats.segmentations import Segmentations
from boxwright.structures import InstanceMasks

SIZE = (10, 12)
SQUARE, OTHER = [2.0, 1.0, 6.0, 1.0, 6.0, 5.0, 2.0, 5.0], [4.25, 3.1, 9.0, 3.0, 9.0, 8.0]
COUNTS = [15, 4, 101]
TEXT = mask_code.frPyObjects({"size": list(SIZE), "counts": COUNTS}, *SIZE)["counts"].decode()
ENTRIES = [
    [SQUARE, OTHER],
    {"size": list(SIZE), "counts": COUNTS},
    None,
    [OTHER],
    {"size": list(SIZE), "counts": TEXT},
]


def test_everything_comes_back_as_it_was_written() -> None:
    flat = Segmentations.from_raw(ENTRIES)
    assert len(flat) == 5
    back = [flat.raw(row, SIZE) for row in range(5)]
    compressed = {"size": list(SIZE), "counts": TEXT}
    assert json.loads(json.dumps(back)) == [[SQUARE, OTHER], compressed, None, [OTHER], compressed]
    assert [flat.has_mask(row) for row in range(5)] == [True, True, False, True, True]


def test_rows_are_taken_in_any_order() -> None:
    flat, order = Segmentations.from_raw(ENTRIES), [4, 0, 2, 0, 3]
    taken = flat.take(np.array(order))
    assert [taken.raw(row, SIZE) for row in range(5)] == [flat.raw(row, SIZE) for row in order]
    assert len(flat.take(np.zeros(0, np.int64))) == 0


def test_masks_of_a_part_are_those_of_its_entries() -> None:
    flat = Segmentations.from_raw(ENTRIES)
    masks = flat.masks(1, 5, SIZE)
    expected = InstanceMasks.concatenate(
        [
            InstanceMasks.from_rle([{"size": list(SIZE), "counts": COUNTS}], SIZE),
            InstanceMasks.from_polygons([[], [OTHER]], SIZE),
            InstanceMasks.from_rle([{"size": list(SIZE), "counts": TEXT}], SIZE),
        ]
    )
    assert torch.equal(masks.windows, expected.windows)
    assert torch.equal(masks.bits, expected.bits)
    assert len(flat.masks(2, 2, SIZE)) == 0


def test_regions_stand_in_for_masks() -> None:
    masks = Segmentations.from_raw([None, [SQUARE], None]).masks(0, 3, SIZE, {0: (3, 2, 7, 9), 2: (1, 1, 1, 5)})
    assert masks.windows.tolist() == [[3, 2, 7, 9], [2, 1, 6, 5], [0, 0, 0, 0]]
    assert masks.areas.tolist() == [28, 16, 0]


def test_no_objects_are_no_segmentations() -> None:
    flat = Segmentations.from_raw([])
    assert len(flat) == 0
    assert len(flat.masks(0, 0, SIZE)) == 0


@pytest.mark.parametrize("at_once", [0.0, 200.0, 1e9])
def test_masks_drawn_in_groups_are_those_drawn_at_once(at_once: float, monkeypatch: pytest.MonkeyPatch) -> None:
    flat, regions = Segmentations.from_raw([*ENTRIES, None]), {2: (3, 2, 7, 9), 5: (1, 1, 4, 5)}
    whole = flat.masks(0, 6, SIZE, regions)
    drawn = []
    fill = segmentations.fill_runs
    monkeypatch.setattr(segmentations, "_DRAWN_AT_ONCE", at_once)
    monkeypatch.setattr(
        segmentations, "fill_runs", lambda runs, num, height: drawn.append(num) or fill(runs, num, height)
    )
    masks = flat.masks(0, 6, SIZE, regions)
    assert torch.equal(masks.windows, whole.windows)
    assert torch.equal(masks.bits, whole.bits)
    assert sum(drawn) == 6
    assert len(drawn) == {0.0: 6, 200.0: 4, 1e9: 1}[at_once]


def test_long_outlines_do_not_add_up_in_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segmentations, "_DRAWN_AT_ONCE", 1e5, raising=False)
    ring = np.stack([np.where(np.arange(200) % 2, 0, 100), np.linspace(0, 100, 200)], axis=1).reshape(-1)
    flat = Segmentations.from_raw([[ring]] * 4)  # 20,000 pixels of outline each
    largest = []
    for count in (1, 4):
        with profile(profile_memory=True) as memory:
            flat.masks(0, count, (100, 100))
        largest.append(max(event.self_cpu_memory_usage for event in memory.events()))
    assert largest[1] == largest[0]
