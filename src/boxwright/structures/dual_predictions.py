"""Predictions that bring along those of a second head, for many points per object."""

from dataclasses import replace

from boxwright.structures.predictions import Predictions

MANY_LOGITS, MANY_CODES = "many_class_logits", "many_box_codes"


def with_many(predictions: Predictions, many: Predictions) -> Predictions:
    """Adds the predictions of a head for many points per object to those of a head for one.

    Args:
        predictions: What the system predicts by.
        many: Of the same points.
    """
    return replace(
        predictions, further={**predictions.further, MANY_LOGITS: many.class_logits, MANY_CODES: many.box_codes}
    )


def many_of(predictions: Predictions) -> Predictions | None:
    """Gives the predictions of the head for many points per object; None where there are none, as in evaluation.

    Args:
        predictions: Of a head that has both, or of one that has not.
    """
    if MANY_LOGITS not in predictions.further:
        return None
    return Predictions(predictions.further[MANY_LOGITS], predictions.further[MANY_CODES])
