import pytest

from boxwright.systems.import_file import licence_line


@pytest.mark.parametrize(
    ("licence", "said"),
    [("unknown", "the file states none.*under the AGPL"), ("MIT", "as the file states it: MIT.*stay under it")],
)
def test_what_a_licence_means_is_said(licence: str, said: str) -> None:
    import re

    assert re.search(said, licence_line(licence))
