"""What a file looks like, whatever its name says."""

SIGNATURES = {
    b"\xff\xd8\xff": "a JPEG image",
    b"\x89PNG": "a PNG image",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    b"%PDF": "a PDF",
}
_MARKS = {"<": "XML or HTML", "{": "JSON", "[": "JSON"}


def looks_like(content: bytes) -> str | None:
    """Says what the beginning of a file looks like, for messages about files that could not be read.

    Args:
        content: Its first bytes, or all of them.

    Returns:
        A few words, or None if it could be anything.
    """
    if not content:
        return "an empty file"
    for signature, kind in SIGNATURES.items():
        if content.startswith(signature):
            return kind
    text = content[:200].decode("utf-8-sig", errors="replace").lstrip()
    return _MARKS.get(text[:1]) or ("binary data" if b"\x00" in content[:200] else None)
