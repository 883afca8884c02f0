from boxwright.models.level_names import at_levels_of

THREE, FOUR = (8, 16, 32), (4, 8, 16, 32)
NAMES = (
    "head.predictors.0.bias",
    "head.one_to_one.box_branches.0.x",
    "neck.downsample.1.conv.weight",
    "neck.top_down.0.x",
    "backbone.stem.x",
)


def test_a_level_keeps_its_weights_where_a_finer_one_comes_in() -> None:
    found = at_levels_of({name: name for name in NAMES}, THREE, FOUR)
    assert list(found) == [
        "head.predictors.1.bias",
        "head.one_to_one.box_branches.1.x",
        "neck.downsample.2.conv.weight",
        "neck.top_down.0.x",
        "backbone.stem.x",
    ]
    assert list(found.values()) == list(NAMES)


def test_what_the_other_lacks_is_left_out() -> None:
    found = at_levels_of({name: name for name in NAMES}, FOUR, THREE)
    assert list(found) == ["neck.downsample.0.conv.weight", "neck.top_down.0.x", "backbone.stem.x"]


def test_there_and_back_nothing_is_changed() -> None:
    entries = dict.fromkeys(NAMES, 0)
    assert at_levels_of(at_levels_of(entries, THREE, FOUR), FOUR, THREE) == entries


def test_other_differences_change_no_name() -> None:
    entries = dict.fromkeys(NAMES, 0)
    for strides, wanted in ((THREE, THREE), ((), ()), ((32,), ()), ((8, 16), THREE), (FOUR, (16, 32))):
        assert at_levels_of(entries, strides, wanted) == entries
