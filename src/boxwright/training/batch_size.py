"""The batch size that the memory allows."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from boxwright.errors import ConfigError, counted
from boxwright.training.assembly import TrainingTask
from boxwright.training.device_memory import DeviceMemory, memory_of
from boxwright.training.step_trial import try_steps
from boxwright.training.trainer import build_trial_trainer


@dataclass(frozen=True, slots=True)
class Trial:
    """What was found about a batch size.

    Args:
        size: Images per batch.
        used: Bytes that steps took or would take; None: the memory was used up.
        is_foretold: Whether it was not tried, since the smaller ones say that the memory is not enough.
    """

    size: int
    used: int | None
    is_foretold: bool = False

    def __str__(self) -> str:
        if self.used is None:
            return f"{self.size} used up the memory"
        return f"{self.size} {'would take about' if self.is_foretold else 'took'} {self.used / 1e9:.2f} GB"


def with_batch_size(task: TrainingTask) -> TrainingTask:
    """Puts a number in place of a batch size that is "auto".

    Args:
        task: What is trained on what.

    Raises:
        ConfigError: There are several devices, or not even one image fits.
    """
    settings = task.settings
    if settings.batch_size != "auto":
        return task
    trainer = build_trial_trainer(settings)
    if trainer.world_size > 1:
        raise ConfigError(
            f"batch_size: auto measures one device; here are {trainer.world_size}. Find the number with --devices 1 "
            "--nodes 1, then give it, times the number of devices."
        )
    memory = memory_of(trainer.strategy.root_device)
    pictures = len(task.pictures[0])
    most = {f"the data has {counted(pictures, 'image' if task.tiles is None else 'tile')}": pictures}
    most["it is the nominal batch, for which the learning rate is meant"] = task.recipe.nominal_batch
    if memory.most_images is not None:
        most["more is not faster here"] = memory.most_images
    reason = min(most, key=lambda each: most[each])
    sizes = divisors(task.recipe.nominal_batch, most[reason])
    trials = try_sizes(sizes, memory, partial(try_steps, task))
    fitting = _fitting(trials, memory)
    rejected = [trial for trial in trials if trial not in fitting]
    if not fitting:
        raise ConfigError(
            f"batch_size: auto found none: {rejected[0]}, of {memory.free / 1e9:.2f} GB of free memory, of which "
            f"{memory.share:.0%} may be used. Make the canvas or the system smaller, or give a number."
        )
    chosen = fitting[-1]
    said = (
        f"Batch size {chosen.size} was chosen: it took {(chosen.used or 0) / 1e9:.2f} GB of {memory.free / 1e9:.2f} GB "
        f"of free memory, of which {memory.share:.0%} may be used; {rejected[0] if rejected else reason}."
    )
    return dataclasses.replace(task, settings=dataclasses.replace(settings, batch_size=chosen.size), batch_choice=said)


def divisors(nominal_batch: int, most: int) -> list[int]:
    """Lists the sizes to try, ascending: those of which a whole number makes the nominal batch.

    So every step of the optimiser sees the nominal batch, and learning rate and weight decay mean the same on every
    machine.

    Args:
        nominal_batch: Images whose gradients are summed for one step.
        most: Largest size; 1 or more.
    """
    return [size for size in range(1, min(nominal_batch, most) + 1) if nominal_batch % size == 0]


def try_sizes(sizes: Sequence[int], memory: DeviceMemory, steps: Callable[[int], object]) -> list[Trial]:
    """Tries sizes until one takes more than its share of the memory.

    A size that would take more than all the free memory, on a line through the two before, is not tried: a system may
    end a process that does.

    Args:
        sizes: Ascending.
        memory: Of the device.
        steps: Takes steps with batches of a size.

    Returns:
        What was tried, in order; only the last may have been too much.
    """
    trials: list[Trial] = []
    used: dict[int, int] = {}
    for size in sizes:
        ahead = _foretold(used, size)
        is_foretold = ahead > memory.free
        found = ahead if is_foretold else memory.used_by(partial(steps, size))
        trials.append(Trial(size, found, is_foretold))
        if found is None or is_foretold or found > memory.share * memory.free:
            break
        used[size] = found
    return trials


def _fitting(trials: Sequence[Trial], memory: DeviceMemory) -> list[Trial]:
    most = memory.share * memory.free
    return [trial for trial in trials if not trial.is_foretold and trial.used is not None and trial.used <= most]


def _foretold(used: Mapping[int, int], size: int) -> int:
    if len(used) < 2:
        return 0
    (first, less), (second, more) = list(used.items())[-2:]
    return round(more + (more - less) / (second - first) * (size - second))
