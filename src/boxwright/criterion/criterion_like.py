"""What a training, the inspector and the diagnosis ask of a criterion, ours or your own."""

from typing import Protocol, runtime_checkable

from boxwright.assigners.assigner import Assigner
from boxwright.criterion.attribution import Outcome
from boxwright.criterion.state import Stateful, States, states_of
from boxwright.structures.assignment import Assignment
from boxwright.structures.predictions import Predictions
from boxwright.structures.priors import Priors
from boxwright.structures.proposals import Decode
from boxwright.structures.targets import Targets


@runtime_checkable
class CriterionLike(Protocol):
    """Turns predictions and targets into named losses.

    What it keeps between calls it may say by `after_step`, `state_dict` and `load_state_dict`, or leave to a part, see
    `Stateful`. Without a `reaches`, its coder expresses every box.
    """

    @property
    def assigner(self) -> Assigner:
        """Which prediction answers for which object; for explanations."""
        ...

    @property
    def decode(self) -> Decode:
        """The coder's `decode`; for explanations of assigners that look at predicted boxes."""
        ...

    @property
    def times_batch_size(self) -> bool:
        """Whether the losses grow with the number of images, as YOLO recipes expect."""
        ...

    def run(self, predictions: Predictions, priors: Priors, targets: Targets, *, attribute: bool = False) -> Outcome:
        """Gives the weighted losses, whose sum is trained by, and the assignment that they are of.

        Args:
            predictions: The head's output, in any precision.
            priors: The priors of the canvas.
            targets: The objects of the batch.
            attribute: Whether to say whose losses they are; ConfigError where it cannot.
        """
        ...

    def assign(self, predictions: Predictions, priors: Priors, targets: Targets) -> Assignment:
        """Gives the sampled assignment that the losses are of.

        Args:
            predictions: The head's output.
            priors: The priors of the canvas.
            targets: The objects of the batch.
        """
        ...


def state_of(criterion: CriterionLike) -> Stateful | States:
    """Gives what a criterion keeps between calls: its own answer, or else the states of its parts.

    Args:
        criterion: Of a system.

    Raises:
        ConfigError: It, or a part, has only some of the methods, so that its state would be lost.
    """
    return criterion if isinstance(criterion, Stateful) else States(states_of({"criterion": criterion}))
