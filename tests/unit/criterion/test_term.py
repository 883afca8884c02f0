from boxwright.criterion import ClassificationTerm, Reducer, Term
from boxwright.reducers import ByQuality


def test_parts_fit_the_protocols_and_other_things_do_not() -> None:
    assert isinstance(ClassificationTerm(), Term)
    assert isinstance(ByQuality(), Reducer)
    assert not isinstance("class", Term)
    assert not isinstance("mean", Reducer)
