"""The state of Lightning's loops between the last batch of an epoch and its validation."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

PROGRESS = "epoch_loop.val_loop.batch_progress"


def with_validation_to_come(loops: Mapping[str, Any]) -> dict[str, Any]:
    """Gives the state of the loops so that a training that goes on validates the epoch from the first image.

    Lightning takes up a validation at the batch where it ended, but not what had been found until then. So its state is
    that of a validation that has begun its first batch.

    Args:
        loops: "loops" of a checkpoint.
    """
    changed: dict[str, Any] = deepcopy(dict(loops))
    progress = changed["fit_loop"][PROGRESS]
    progress["current"] = dict.fromkeys(progress["current"], 0)
    progress["total"] = {name: int(name in ("ready", "started")) for name in progress["total"]}
    progress["is_last_batch"] = False
    return changed
