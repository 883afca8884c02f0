import pytest
import torch

from boxwright.data import Dataset, open_dataset
from boxwright.data.faults import Fault
from boxwright.data.loading.kept_images import KeptImages


def test_positions() -> None:
    whole = open_dataset("sample:bccd", "val")
    fault = Fault("image-empty", "x.jpg", None, "the file has no bytes")
    kept = KeptImages(whole, [2, 5], [fault, Fault("odd-name", "y z.jpg", None, "the name has spaces")])
    assert isinstance(kept, Dataset)
    assert (len(kept), kept.categories, kept.category_ids) == (2, whole.categories, whole.category_ids)
    assert kept.truth(1).origin == whole.truth(5).origin
    assert torch.equal(kept[0].image, whole[2].image)
    assert kept.skipped == (str(fault),)


def test_a_loop_over_it_ends() -> None:
    kept = KeptImages(open_dataset("sample:bccd", "val"), [2, 5])
    assert len([kept[place].origin for place in (-2, -1, 0, 1)]) == len(list(kept)) * 2 == 4  # type: ignore[call-overload]
    for position in (2, -3):
        with pytest.raises(IndexError, match="2 images"):
            kept[position]
        with pytest.raises(IndexError, match="2 images"):
            kept.truth(position)
