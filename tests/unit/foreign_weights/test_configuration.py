import pytest

from boxwright.foreign_weights.configuration import names_in


@pytest.mark.parametrize(
    "text",
    [
        "metainfo = dict(classes=('cat', 'dog'), palette=[(1, 2, 3)])",
        "classes = [\n    'cat',\n    \"dog\",\n]\ndata = dict(train=dict(classes=('cat', 'dog')))",
        '{"CLASSES": ["cat", "dog"]}',
    ],
)
def test_names_of_the_categories(text: str) -> None:
    assert names_in(text) == ("cat", "dog")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "num_classes=2",
        "classes=metainfo['classes']",
        "classes=('cat', 'dog'",
        "classes=('cat' 'dog')",
        "classes=('cat',), val=dict(classes=('dog',))",
        "classes=(" + "'a'," * 100_000,
        "classes=" + " " * 1_000_000,
    ],
)
def test_what_says_none(text: str) -> None:
    assert names_in(text) is None


def test_a_single_one() -> None:
    assert names_in("classes=('cat',)") == ("cat",)
