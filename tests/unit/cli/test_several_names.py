"""Names with commas."""

from boxwright.cli.several_names import several_names


def test_names_are_listed() -> None:
    assert several_names("a, b") == several_names(["a", "b"]) == several_names(["a,b", ""]) == ["a", "b"]
    assert several_names([]) == []


def test_parts_belong_to_the_name_before_them() -> None:
    assert several_names("a:x=1,x.y=2,b") == ["a:x=1,x.y=2", "b"]
    assert several_names(["a", "b:x=1, z=3"]) == ["a", "b:x=1,z=3"]
    assert several_names(["a", "x=1"]) == ["a", "x=1"]
