from dataclasses import replace

import pytest
import torch
from torch import Tensor

from boxwright.structures import Batch, ImageOrigin, InstanceMasks, Targets


def build() -> Batch:
    targets = Targets.from_lists([torch.ones(1, 4), torch.zeros(0, 4)], [torch.zeros(1), torch.zeros(0)])
    origins = (ImageOrigin(1, None, (8, 8)), ImageOrigin(2, None, (8, 8)))
    return Batch(torch.zeros(2, 3, 8, 8, dtype=torch.uint8), targets, origins)


def test_length_is_the_number_of_images() -> None:
    assert len(build()) == 2


def test_moving_takes_images_and_targets_along() -> None:
    moved = build().to("meta", non_blocking=True)
    assert moved.images.device.type == moved.targets.boxes.device.type == "meta"
    assert moved.origins == build().origins
    assert moved.targets.batch_size == 2


def masked() -> Batch:
    full = torch.ones(1, 2, 2, dtype=torch.bool)
    targets = replace(build().targets, masks=InstanceMasks.from_boolean(full, stride=4))
    return replace(build(), targets=targets)


def test_moving_takes_masks_along() -> None:
    moved = masked().to("meta").targets.masks
    assert moved is not None
    assert (moved.windows.device.type, moved.bits.device.type, moved.stride) == ("meta", "meta", 4)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="memory is pinned for a CUDA device")
def test_pinning_reaches_every_tensor() -> None:
    pinned = masked().pin_memory()
    masks = pinned.targets.masks
    assert masks is not None
    columns = (pinned.images, pinned.targets.boxes, pinned.targets.labels, pinned.targets.image, pinned.targets.ignore)
    assert all(tensor.is_pinned() for tensor in (*columns, masks.windows, masks.bits))


def test_pinning_asks_every_tensor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no CUDA device: which tensors are asked."""
    asked: list[Tensor] = []

    def note(self: Tensor) -> Tensor:
        asked.append(self)
        return self

    monkeypatch.setattr(Tensor, "pin_memory", note)
    batch = masked()
    batch.pin_memory()
    assert batch.targets.masks is not None
    wanted = (batch.images, batch.targets.boxes, batch.targets.labels, batch.targets.image, batch.targets.ignore)
    assert {id(each) for each in (*wanted, batch.targets.masks.windows, batch.targets.masks.bits)} == set(
        map(id, asked)
    )
