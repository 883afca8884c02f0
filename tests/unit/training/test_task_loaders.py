"""How many batches an epoch has."""

import pytest

from boxwright.training.task_loaders import batches_per_epoch


@pytest.mark.parametrize(
    ("images", "batch", "world", "expected"), [(8, 4, 1, 2), (9, 4, 1, 3), (9, 4, 2, 3), (1, 4, 4, 1)]
)
def test_the_last_batch_counts(images: int, batch: int, world: int, expected: int) -> None:
    assert batches_per_epoch(images, batch, world) == expected
