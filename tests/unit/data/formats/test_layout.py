from boxwright.data.formats.layout import LayoutNotFoundError
from boxwright.errors import DataError


def test_says_what_was_tried() -> None:
    error = LayoutNotFoundError("COCO", ["a.json", "b.json"])
    assert isinstance(error, DataError)
    assert str(error) == "COCO: no a.json and no b.json"
