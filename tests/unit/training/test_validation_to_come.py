"""The state of the loops before a validation; test_interruption.py has trainings that go on with it."""

from boxwright.training.validation_to_come import PROGRESS, with_validation_to_come


def test_the_validation_begins_with_its_first_batch() -> None:
    names = ("ready", "completed", "started", "processed")
    progress = {"total": dict.fromkeys(names, 7), "current": dict.fromkeys(names, 3), "is_last_batch": True}
    loops = {"fit_loop": {PROGRESS: progress, "other": 1}}
    changed = with_validation_to_come(loops)["fit_loop"]
    assert changed["other"] == 1
    assert changed[PROGRESS] == {
        "total": {"ready": 1, "completed": 0, "started": 1, "processed": 0},
        "current": dict.fromkeys(names, 0),
        "is_last_batch": False,
    }
    assert progress["current"]["ready"] == 3, "what was given stays"
