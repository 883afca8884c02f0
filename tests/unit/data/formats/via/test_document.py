import json
from pathlib import Path

import pytest

from boxwright.data.formats.via.document import CSV_HEADER, ViaImage, read_via_document
from boxwright.errors import DataError

REGION = {"shape_attributes": {"name": "rect", "x": 1}, "region_attributes": {"class": "cat"}}
ENTRY = {"filename": "a.jpg", "size": 9, "regions": [REGION], "file_attributes": {"night": "1"}}
IMAGE = ViaImage("a.jpg", [REGION], {"night": "1"})


def test_all_forms_are_one(tmp_path: Path) -> None:
    first = {**ENTRY, "regions": {"0": REGION}}  # of VIA 1
    project = {"_via_settings": {}, "_via_img_metadata": {"a.jpg9": ENTRY}, "_via_attributes": {}}
    for content in ({"a.jpg9": ENTRY}, {"a.jpg9": first}, project):
        (tmp_path / "a.json").write_text(json.dumps(content))
        assert read_via_document(tmp_path / "a.json") == [IMAGE]


def test_csv(tmp_path: Path) -> None:
    quoted = [json.dumps(value).replace('"', '""') for value in ({"night": "1"}, *REGION.values())]
    row = f'a.jpg,9,"{quoted[0]}",1,0,"{quoted[1]}","{quoted[2]}"'
    (tmp_path / "a.csv").write_text(f'{CSV_HEADER}\n{row}\nb.jpg,9,"{{}}",0,0,"{{}}","{{}}"\n')
    assert read_via_document(tmp_path / "a.csv") == [IMAGE, ViaImage("b.jpg", [], {})]


@pytest.mark.parametrize(
    ("name", "text"), [("a.json", "{"), ("a.json", "[]"), ("a.csv", f"{CSV_HEADER}\na,1,x,1,0,{{,{{\n"), ("b.csv", "")]
)
def test_what_cannot_be_read(tmp_path: Path, name: str, text: str) -> None:
    if text:
        (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=name):
        read_via_document(tmp_path / name)
