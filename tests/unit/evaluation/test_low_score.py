import pytest
from tests.unit.evaluation.test_report import make_report

from boxwright.evaluation.low_score import said_of_low_score


@pytest.mark.parametrize("ap", [0.0, 0.004, 0.0099])
def test_a_model_that_finds_nothing_leads_to_the_page(ap: float) -> None:
    said = said_of_low_score(make_report(ap=ap), "cells")
    assert "boxwright diagnose cells" in said
    assert '"AP stays 0"' in said
    assert "\n" not in said


@pytest.mark.parametrize("ap", [0.01, 0.5, float("nan")])
def test_other_models_do_not(ap: float) -> None:
    assert said_of_low_score(make_report(ap=ap), "cells") == ""


def test_of_a_segmenter_masks_count() -> None:
    assert said_of_low_score(make_report(ap=0.5, masks=make_report(ap=0.0)), "cells")
    assert not said_of_low_score(make_report(ap=0.0, masks=make_report(ap=0.5)), "cells")
