import pytest

from boxwright.errors import ConfigError
from boxwright.settings.parts.choice import choices_of, named_system


@pytest.mark.parametrize(
    "written",
    [
        {"box_loss": "wise_iou", "box_loss.version": 1},
        {"box_loss": {"name": "wise_iou", "version": 1}},
        {"box_loss.version": 1, "box_loss": {"name": "wise_iou", "version": 3}},
    ],
)
def test_the_ways_of_writing_a_part(written: dict[str, object]) -> None:
    choice = choices_of("yolov8n", written)["box_loss"]
    assert choice.values == {"name": "wise_iou", "version": 1, "alpha": 1.9, "delta": 3.0, "momentum": 0.01}
    assert choices_of("yolov8n", {"box_loss": choice.values}) == {"box_loss": choice}


def test_null_is_the_part_of_the_system() -> None:
    assert choices_of("yolov8n", {"assigner": None}) == {}


def test_a_part_of_somebodys_own_keeps_what_is_given() -> None:
    choice = choices_of("ssd300", {"assigner": "mine.Nearest", "assigner.most": 3})["assigner"]
    assert choice.known is None
    assert choice.values == {"name": "mine.Nearest", "most": 3}


@pytest.mark.parametrize(
    ("system", "parts", "message"),
    [
        ("yolov8n", {"asigner": "max_iou"}, "Unknown part 'asigner'. Did you mean 'assigner'"),
        ("yolov8n", {"assigner": "max_uoi"}, "Unknown assigner 'max_uoi'. Did you mean 'max_iou'"),
        ("yolov8n", {"box_loss": "MPDIoU"}, "Did you mean 'mpdiou'"),
        (
            "yolov8n",
            {"assigner": "max_iou", "assigner.positiv": 1},
            "option of max_iou 'positiv'. Did you mean 'positive'",
        ),
        ("yolov8n", {"assigner.positive": 0.5}, "is an option of a part that is not named"),
        ("yolov8n", {"assigner": None, "assigner.positive": 0.5}, "is an option of a part that is not named"),
        ("yolov8n", {"box_loss": "eiou", "box_loss.theta": 2}, "eiou has no options; found theta"),
        ("yolov8n", {"assigner": "shape_ratio"}, "does not fit yolov8n: it lets one prior answer for several objects"),
        ("retinanet_r18", {"assigner": "task_aligned"}, "does not fit retinanet_r18: it chooses cells"),
        ("ssd300", {"class_loss": "varifocal"}, "does not fit ssd300: its classes and the background are one softmax"),
        ("yolov5n", {"sampler": "hard_negatives"}, "it ranks priors by the softmax"),
        ("yolov8n", {"assigner": ["max_iou"]}, "must be the name of a part"),
        ("yolov8n", {"assigner": {"positive": 0.5}}, "must be the name of a part"),
        ("yolov8n", {"assigner": 3}, "must be the name of a part"),
        ("yolov8n", {"assigner": "atss", "assigner.name": "fcos"}, "Write parts.assigner in its place"),
        ("yolov8n", {"assigner.name": 3}, "Write parts.assigner in its place"),
        ("yolov8n", {"assigner": "my-module.Mine"}, "Unknown assigner"),
        ("yolov8n", {"assigner": ".Mine"}, "Unknown assigner"),
    ],
)
def test_what_cannot_be_is_refused(system: str, parts: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        choices_of(system, parts)
    assert message in str(caught.value)


def test_a_system_with_parts_in_one_word() -> None:
    assert named_system("yolov8n") == ("yolov8n", {})
    name, parts = named_system("yolov8n:assigner=max_iou,assigner.positive=0.6,box_loss=wise_iou,box_loss.version=1")
    assert name == "yolov8n"
    assert parts == {"assigner": "max_iou", "assigner.positive": 0.6, "box_loss": "wise_iou", "box_loss.version": 1}
    assert named_system("ssd300:sampler=balanced,sampler.cover_targets=true,sampler.seed=null")[1] == {
        "sampler": "balanced",
        "sampler.cover_targets": True,
        "sampler.seed": None,
    }


@pytest.mark.parametrize("text", ["yolov8n:", "yolov8n:atss", "yolov8n:assigner=", "yolov8n:=atss", "yolov8n:a=b,"])
def test_what_stands_behind_a_colon_are_parts(text: str) -> None:
    with pytest.raises(ConfigError, match="behind the colon stand parts"):
        named_system(text)


def test_a_part_named_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="says twice what assigner is"):
        named_system("yolov8n:assigner=max_iou,assigner=bipartite")
