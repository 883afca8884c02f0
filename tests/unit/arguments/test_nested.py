"""Settings in their groups."""

from boxwright.arguments.nested import at, merge, nested, put


def test_values_are_put_into_their_groups() -> None:
    values: dict[str, object] = {}
    put(values, "a.b", 1)
    put(values, "a.c", 2)
    assert values == {"a": {"b": 1, "c": 2}}
    assert at(values, "a.c") == 2


def test_groups_are_merged_and_others_replaced() -> None:
    first = {"a": {"b": 1}, "c": [1]}
    values = dict(first)
    merge(values, {"a": {"d": 2}, "c": [2]})
    assert values == {"a": {"b": 1, "d": 2}, "c": [2]}
    assert first == {"a": {"b": 1}, "c": [1]}


def test_what_is_set_stands_in_place_of_defaults() -> None:
    defaults = {"a.b": 1, "a.c": 2, "d": {}}
    assert nested(defaults, {"a": {"c": 3}, "d": {"x": 1}}) == {"a": {"b": 1, "c": 3}, "d": {"x": 1}}
    assert defaults == {"a.b": 1, "a.c": 2, "d": {}}
