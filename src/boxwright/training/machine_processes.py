"""The processes of one training on one machine, as they know each other before they are joined."""

import os
import sys
from itertools import count
from pathlib import Path

from boxwright.data.loading.read_once import MachineReading
from boxwright.settings.training import TrainingSettings
from boxwright.training.process_strategy import SharedTraining, starter_of
from boxwright.training.trainer import build_trial_trainer

_readings = count()


def reading_of(settings: TrainingSettings) -> MachineReading:
    """Gives the way to read data once for all processes of a training on this machine.

    They have one starter: torchrun or SLURM, or the first of them. A process that was started in another way reads for
    itself.

    Args:
        settings: Of the training.

    Raises:
        ConfigError: There are no such devices here.
    """
    number = next(_readings)  # trainings of one program, one after the other, may read what has changed
    if settings.devices in (1, "1") or sys.platform != "linux":
        return MachineReading("", 1)
    trainer = build_trial_trainer(settings)
    if not isinstance(trainer.strategy, SharedTraining):
        return MachineReading("", 1)
    starter = starter_of(trainer.strategy)
    began = Path(f"/proc/{starter}/stat").read_text().rpartition(")")[2].split()[19]
    again = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
    return MachineReading(
        f"{os.getuid()} {os.readlink('/proc/self/ns/pid')} {starter} {began} {again} {number}", trainer.num_devices
    )
