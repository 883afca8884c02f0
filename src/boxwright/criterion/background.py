"""Whether the logits are what a class term can read."""

from boxwright.errors import ShapeError
from boxwright.structures.predictions import Predictions


def with_background(predictions: Predictions, reader: str) -> None:
    """Refuses logits without one of the background, which a softmax needs.

    Args:
        predictions: The head's output.
        reader: Who reads them.

    Raises:
        ShapeError: There is no logit of the background.
    """
    if not predictions.has_background:
        raise ShapeError(
            f"The predictions have no logit of the background, which the term {reader!r} needs. Use a head that "
            "predicts one and says so (Predictions(…, has_background=True)), or a term with a sigmoid."
        )


def without_background(predictions: Predictions, reader: str) -> None:
    """Refuses logits with one of the background, which a sigmoid per class would take for class 0.

    Args:
        predictions: The head's output.
        reader: Who reads them.

    Raises:
        ShapeError: There is a logit of the background.
    """
    if predictions.has_background:
        raise ShapeError(
            f"The first class logit is that of the background, and the term {reader!r} reads independent classes. "
            "Use SoftmaxClassificationTerm, or a head without a background."
        )
