from dataclasses import replace

import pytest

from boxwright.criterion import ClassificationTerm, PairClassificationTerm, SoftmaxClassificationTerm
from boxwright.criterion.background import with_background, without_background
from boxwright.errors import ShapeError
from tests.contracts.term_laws import some_matches


def test_each_kind_of_logits_has_its_readers() -> None:
    plain = some_matches(3)[0].predictions
    soft = replace(plain, has_background=True)
    with_background(soft, "class")
    without_background(plain, "class")
    with pytest.raises(ShapeError, match=r"no logit of the background, which the term 'class' needs"):
        with_background(plain, "class")
    with pytest.raises(ShapeError, match="first class logit is that of the background, and the term 'class'"):
        without_background(soft, "class")


@pytest.mark.parametrize("term", [ClassificationTerm(), PairClassificationTerm()])
def test_a_sigmoid_does_not_read_the_background_as_a_class(term: ClassificationTerm) -> None:
    matches, _ = some_matches(3)
    with pytest.raises(ShapeError, match="SoftmaxClassificationTerm"):
        term(replace(matches, predictions=replace(matches.predictions, has_background=True)))


def test_a_softmax_needs_one() -> None:
    with pytest.raises(ShapeError, match="has_background=True"):
        SoftmaxClassificationTerm()(some_matches(3)[0])
