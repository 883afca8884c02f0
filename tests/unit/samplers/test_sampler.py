from boxwright.samplers import KeepAll, Sampler


def test_parts_fit_the_protocol_and_other_things_do_not() -> None:
    assert isinstance(KeepAll(), Sampler)
    assert not isinstance("keep all", Sampler)
