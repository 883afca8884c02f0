import torch

from boxwright.structures import Batch, ImageOrigin, Targets


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
