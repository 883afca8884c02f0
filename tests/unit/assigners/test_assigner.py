from boxwright.assigners import Assigner, TaskAlignedAssigner


def test_parts_fit_the_protocol_and_other_things_do_not() -> None:
    assert isinstance(TaskAlignedAssigner(), Assigner)
    assert not isinstance("task_aligned", Assigner)
