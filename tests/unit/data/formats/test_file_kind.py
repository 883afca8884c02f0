import pytest

from boxwright.data.formats.file_kind import looks_like


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "an empty file"),
        (b"\xff\xd8\xff\xe0 JFIF", "a JPEG image"),
        (b"\x89PNG\r\n", "a PNG image"),
        (b'\xef\xbb\xbf\n {"images": []}', "JSON"),
        (b"[1, 2]", "JSON"),
        (b"  <annotation>", "XML or HTML"),
        (b"\x01\x02\x00\x03", "binary data"),
        (b"0 0.5 0.5 0.1 0.1", None),
    ],
)
def test_by_content(content: bytes, kind: str | None) -> None:
    assert looks_like(content) == kind
