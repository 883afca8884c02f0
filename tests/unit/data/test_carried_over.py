from boxwright.data.carried_over import said_of_the_rest


def test_nothing_is_nothing() -> None:
    assert said_of_the_rest((), ()) == []


def test_faults_and_losses() -> None:
    assert said_of_the_rest(["a: b", "c: d"], ["3 × holes (first: e)", "1 × track"]) == [
        "2 faults left out (first: a: b).",
        "Not carried over:",
        "  - 3 × holes (first: e)",
        "  - 1 × track",
    ]
