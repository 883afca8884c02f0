import pytest

from boxwright.errors import ConfigError
from boxwright.settings.search import output_kinds, require_search


def test_kinds_are_one_or_several() -> None:
    for save in ("pictures,json", ["pictures", "json"], ("pictures, json",)):
        assert output_kinds(save) == ["pictures", "json"]
    assert output_kinds(()) == []
    for flag in (True, False):
        with pytest.raises(ConfigError, match=f"save is {flag}: it says what is written, and output where"):
            output_kinds(flag)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"save": "label"}, "Did you mean 'labels'"),
        ({"on_bad": "skp"}, "Did you mean 'skip'"),
        ({"category_ids": (1,), "save": "pictures"}, 'Add "json" to save'),
        ({"classes": []}, "classes is empty"),
        ({"min_size": -1}, "min_size is -1"),
        ({"max_size": 3, "min_size": 4}, "no object is wanted"),
        ({"score_threshold": 2}, "score_threshold is 2"),
    ],
)
def test_the_impossible_is_refused(values: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        require_search(values)


def test_what_is_left_out_is_not_judged() -> None:
    require_search({})
    require_search({"classes": 0, "save": (), "max_size": 0})
