"""What a search knows of one trial."""

from boxwright.training.tuning.trial_record import TrialRecord, best_of


def test_the_best_is_the_first_of_the_highest_that_came_to_their_end() -> None:
    records = [
        TrialRecord(0, "complete", ap=0.1),
        TrialRecord(1, "complete", ap=0.3),
        TrialRecord(2, "complete", ap=0.3),
        TrialRecord(3, "pruned"),
        TrialRecord(4, "failed", failure="no"),
    ]
    best = best_of(records)
    assert best is records[1]
    assert best_of(records[3:]) is None
    assert best_of([TrialRecord(0, "complete", ap=0.0)]) is not None


def test_a_trial_that_was_ended_is_made_again() -> None:
    assert [TrialRecord(0, state).counts for state in ("complete", "pruned", "failed", "ended")] == [True] * 3 + [False]
