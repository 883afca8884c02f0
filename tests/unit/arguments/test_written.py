"""Texts beside what YAML reads in them."""

import pytest
import yaml

from boxwright.arguments.written import read_yaml, typed_word


def test_the_text_stays() -> None:
    found = read_yaml("a: 010\nb: [1e-3, yes]\n").value
    assert (found["a"].text, found["a"].value) == ("010", 8)
    assert [entry.text for entry in found["b"].value] == ["1e-3", "yes"]
    assert read_yaml("a: 010\nb: [1e-3, yes]\n").plain() == {"a": 8, "b": [0.001, True]}


def test_anchors_and_merges() -> None:
    text = "a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3\ne: *x\n"
    assert read_yaml(text).plain() == yaml.safe_load(text)


def test_nothing_is_nothing() -> None:
    assert read_yaml("# a remark").value is None


@pytest.mark.parametrize("text", ["{a:", "a: [", "@x", "2024-13-40", "&a [*a]", "!!python/name:os.system"])
def test_what_is_no_yaml_is_text(text: str) -> None:
    assert (typed_word(text).value, typed_word(text).text) == (text, text)
