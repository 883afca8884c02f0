"""Names with commas."""

from boxwright.cli.several_names import several_names


def test_names_are_listed() -> None:
    assert several_names("a, b") == several_names(["a", "b"]) == several_names(["a,b", ""]) == ["a", "b"]
    assert several_names([]) == []
