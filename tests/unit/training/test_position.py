"""Where a training is."""

from types import SimpleNamespace

import lightning
import pytest

from boxwright.training.position import position


class _Trainer(lightning.Trainer):
    def __init__(self, epoch: tuple[int, int], batch: int) -> None:
        epochs = SimpleNamespace(current=SimpleNamespace(ready=epoch[0], processed=epoch[1]))
        batches = SimpleNamespace(current=SimpleNamespace(processed=batch))
        self.fit_loop = SimpleNamespace(epoch_progress=epochs, epoch_loop=SimpleNamespace(batch_progress=batches))


@pytest.mark.parametrize(
    ("epoch", "batch", "expected"),
    [((1, 0), 0, (0, 0)), ((1, 0), 3, (0, 3)), ((1, 1), 4, (1, 0)), ((2, 1), 4, (1, 4)), ((2, 2), 4, (2, 0))],
    ids=["begun", "in an epoch", "after it", "before the validation", "after the second"],
)
def test_epochs_and_batches(epoch: tuple[int, int], batch: int, expected: tuple[int, int]) -> None:
    assert position(_Trainer(epoch, batch)) == expected
