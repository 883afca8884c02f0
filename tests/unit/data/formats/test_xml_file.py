from pathlib import Path

import pytest

from boxwright.data.formats.xml_file import root_tag


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("<annotation/>", "annotation"),
        ("\ufeff<?xml version='1.0'?>\n<!-- <x> -->\n<annotations><version>1.1</version></annotations>", "annotations"),
        ("<!DOCTYPE a>\n<annotation verified='yes'>", "annotation"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><annotation/>', ""),
        ("", ""),
        ("{}", ""),
    ],
)
def test_root_tag(tmp_path: Path, text: str, tag: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(text)
    assert root_tag(path) == tag


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert root_tag(tmp_path / "none.xml") == ""
