import warnings

import pytest

from boxwright.prediction.remarks import Remarks


@pytest.mark.parametrize("kind", ["stacks", "dark", "films"])
def test_each_kind_is_one_line_that_names_the_first_files(kind: str) -> None:
    remarks = Remarks(**{kind: [f"{number}.tif" for number in range(30)]})
    with pytest.warns(UserWarning, match=r"^Of 30 files .*: 0\.tif, 1\.tif.*20 more") as caught:
        remarks.say()
    assert len(caught) == 1


def test_nothing_is_said_about_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Remarks().say()
