"""The threshold of the score that a search takes, and where it comes from."""

from boxwright.systems import ModelCard


def chosen_threshold(card: ModelCard, asked: float | None) -> tuple[float, str]:
    """Gives the threshold, and says it in a line.

    Args:
        card: Of the model.
        asked: The one that somebody named, if any.

    Raises:
        DataError: What the card says is no threshold.
    """
    if asked is not None:
        return asked, f"Objects with a score over {asked:g}, as asked for by score_threshold."
    usual = card.usual_threshold
    if not card.is_threshold_measured:
        why = "since the model file says no best threshold; `boxwright evaluate --update_model true` measures it"
        if "best_threshold" in card.measurements:
            why = "since none was better than chance when the model was measured"
        return usual, f"Objects with a score over {usual:g}, {why}."
    data = card.measurements.get("data")
    best = f", where F1 was best on {data}" if data else ""
    return usual, f"Objects with a score over {usual:g}, the threshold that the model file says{best}."
