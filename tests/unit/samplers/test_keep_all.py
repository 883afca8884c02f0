from boxwright.samplers import KeepAll
from boxwright.structures import Assignment
from tests.contracts.sampler_laws import SamplerLaws, random_assignment


class TestKeepAll(SamplerLaws):
    def make(self) -> KeepAll:
        return KeepAll()


def test_gives_back_the_very_assignment() -> None:
    before = random_assignment()
    assert KeepAll()(before) is before


def test_does_not_ask_for_values() -> None:
    def refuse() -> None:
        raise AssertionError("nobody needs these")

    assert len(KeepAll()(Assignment.empty(3, 40), refuse)) == 0  # type: ignore[arg-type]
