import pytest

from boxwright import errors
from boxwright.errors import BoxwrightError, ConfigError, counted, unknown_name

RAISED = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, BoxwrightError)]


@pytest.mark.parametrize("error", RAISED)
def test_every_error_can_be_caught_as_one_kind_and_says_what_it_is_for(error: type[BoxwrightError]) -> None:
    with pytest.raises(BoxwrightError, match="what is wrong"):
        raise error("what is wrong")
    assert error.__doc__


@pytest.mark.parametrize(
    ("name", "parent"),
    [
        ("DataError", ValueError),
        ("ConfigError", ValueError),
        ("ShapeError", ValueError),
        ("MissingExtraError", ImportError),
        ("ExportError", RuntimeError),
        ("TrainingError", RuntimeError),
    ],
)
def test_errors_are_also_the_builtin_ones(name: str, parent: type[Exception]) -> None:
    assert issubclass(getattr(errors, name), parent)


def test_unknown_name_offers_the_nearest_and_lists_all() -> None:
    error = unknown_name("system", "yolo8n", {"yolov8s": 1, "yolov8n": 2, "ssd": 3})
    assert isinstance(error, ConfigError)
    assert str(error) == "Unknown system 'yolo8n'. Did you mean 'yolov8n'? Valid: ssd, yolov8n, yolov8s."


@pytest.mark.parametrize("error", RAISED)
def test_a_message_that_grew_with_the_data_is_cut(error: type[BoxwrightError]) -> None:
    text = str(error("The classes are " + ", ".join(map(str, range(10**6))) + ". Correct them."))
    assert len(text) < 21_000
    assert text.startswith("The classes are 0, 1")
    assert text.endswith("Correct them.")


def test_what_is_no_name_at_all_is_one_that_is_not_known() -> None:
    assert "Unknown precision 16. Did you mean '16'? Valid: 16, 32." in str(unknown_name("precision", 16, ("32", "16")))
    assert "Unknown format None. Valid: onnx." in str(unknown_name("format", None, ("onnx",)))


def test_unknown_name_among_very_many() -> None:
    text = str(unknown_name("class", "x" * 10**5, [f"class {number}" for number in range(10_000)]))
    assert len(text) < 2_000
    assert "… and 9,960 more" in text


def test_unknown_name_offers_nothing_where_nothing_is_near() -> None:
    assert str(unknown_name("colour", "zzz", ["red", "blue"])) == "Unknown colour 'zzz'. Valid: blue, red."


def test_one_is_not_several() -> None:
    assert [counted(number, "image") for number in (0, 1, 2)] == ["0 images", "1 image", "2 images"]
    assert [counted(number, "category", "categories") for number in (1, 3)] == ["1 category", "3 categories"]


def test_unknown_name_offers_the_one_with_other_capitals() -> None:
    assert "Did you mean 'yolov8n'?" in str(unknown_name("system", "YOLOv8N", ["yolov8s", "yolov8n"]))


@pytest.mark.parametrize(
    ("number", "words", "text"),
    [(0, ("image",), "0 images"), (1, ("image",), "1 image"), (20_000, ("class", "classes"), "20,000 classes")],
)
def test_numbers_with_their_word(number: int, words: tuple[str, ...], text: str) -> None:
    assert counted(number, *words) == text
