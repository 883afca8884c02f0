from boxwright.bounded_text import bounded, listed


def test_short_texts_stay() -> None:
    assert bounded("abc", 3) == "abc"
    assert listed(["a", "b"]) == "a, b"
    assert listed([]) == ""


def test_a_long_text_keeps_its_ends() -> None:
    assert bounded("a" * 60 + "b" * 40, 8) == "aaaaaa … (92 characters left out) … bb"


def test_a_long_list_is_counted() -> None:
    assert listed(range(5_000), most=3) == "0, 1, 2, … and 4,997 more"
    assert listed({7: "x", 9: "y"}, most=1) == "7, … and 1 more"


def test_one_long_name_is_cut_too() -> None:
    assert len(listed(["a" * 10**6, "b"])) < 300
