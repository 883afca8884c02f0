import gc
from dataclasses import replace

import numpy as np
import pytest
import torch

from boxwright.prediction import Results, results
from boxwright.prediction.result import Result
from boxwright.structures import ImageOrigin, InstanceMasks

NAMES = {0: "cat", 1: "dog"}


def result(number: int, path: str | None = None) -> Result:
    masks = InstanceMasks.from_boolean(torch.ones(1, 30, 40, dtype=torch.bool))
    boxes, label = torch.tensor([[0.0, 0, 40, 30]]), torch.tensor([number % 2])
    pixels = np.full((30, 40, 3), number, np.uint8)
    return Result(
        boxes,
        torch.ones(1),
        label,
        ImageOrigin(number, path, (30, 40)),
        masks,
        None,
        NAMES,
        f"{number}.png",
        pixels=pixels,
    )


@pytest.mark.parametrize("most", [2**26, 100])
def test_are_a_list_in_memory_or_beyond(most, monkeypatch):
    monkeypatch.setattr(results, "MOST_BYTES", most)
    found = Results(result(number) for number in range(5))
    assert len(found) == 5
    assert [each.origin.image_id for each in found] == [0, 1, 2, 3, 4]
    assert found[-1].origin.image_id == 4
    assert [each.origin.image_id for each in found[1:3]] == [1, 2]
    assert found[3].names is NAMES
    assert found[3].image.tolist() == result(3).image.tolist()
    assert torch.equal(found[3].masks.to_boolean(), result(3).masks.to_boolean())
    with pytest.raises(IndexError):
        found[5]
    assert [each.name for each in found] == [each.name for each in found]
    del found
    gc.collect()  # or a warning of a file that nobody closed


def test_images_that_are_files_are_not_kept():
    assert Results([result(0, "a.png")])[0].pixels is None
    assert Results([result(0)])[0].pixels is not None


def test_can_be_printed():
    assert repr(Results()) == "no images"
    lines = repr(Results(result(number) for number in range(12))).splitlines()
    assert lines[1] == "1.png, 40 × 30: 1 dog"
    assert lines[-1] == "and 2 images more"
    assert len(lines) == 11


def test_memory_does_not_grow_with_their_number(monkeypatch):
    """Each of 2,000 has 30 kB of masks; held in memory is what fits into a megabyte."""
    monkeypatch.setattr(results, "MOST_BYTES", 2**20)
    masks = InstanceMasks.from_boolean(torch.ones(1, 490, 490, dtype=torch.bool))
    one = replace(result(0, "a.png"), masks=masks, origin=ImageOrigin(0, "a.png", (490, 490)))
    import tracemalloc

    tracemalloc.start()
    found = Results(one for _ in range(2000))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == 2000
    assert held < 2 * 2**20
    assert len(found[1999].masks.bits) == len(masks.bits)
