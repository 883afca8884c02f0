"""Every number of an advice is that of a run with the change."""

import json
from dataclasses import replace

import pytest

from boxwright.inspection.diagnosis import Advice, Group, diagnose
from boxwright.inspection.diagnosis.advice.advice import advise
from boxwright.inspection.diagnosis.subject import Subject
from boxwright.inspection.diagnosis.survey.batches import Sight
from boxwright.inspection.diagnosis.survey.groups import group_all
from boxwright.inspection.diagnosis.survey.survey import survey


def _advice(subject: Subject, dataset, least_gain: float = 0.01) -> dict[str, Advice]:
    surveys = [survey(subject, dataset)]
    return {one.kind: one for one in advise(surveys, dataset, Sight(), least_gain=least_gain)}


def test_numbers_are_those_of_a_separate_run_with_the_change(mixed) -> None:
    """By the same function that a user would call, with what the flags of the advice say."""
    found = {one.kind: one for one in diagnose(mixed, "yolov5n", canvas=64).advice or ()}
    assert set(found) == {"canvas", "anchors", "threshold"}
    settings = {
        "canvas": {"canvas": 96},
        "anchors": {"canvas": 64, "system_options": {"anchors": _anchors_of(found)}},
        "threshold": {"canvas": 64, "system_options": {"anchor_threshold": 6.0}},
    }
    for kind, changed in settings.items():
        again = diagnose(mixed, "yolov5n", advice=False, **changed).systems[0].everything
        assert found[kind].after.share_without == again.share_without, kind
        assert found[kind].before.share_without == 0.25
    assert found["canvas"].how == "--canvas 96"


def _anchors_of(found: dict[str, Advice]) -> object:
    return json.loads(found["anchors"].how.removeprefix("--system_options.anchors='").removesuffix("'"))


def test_a_guarantee_is_tried_with_the_network(hand_made) -> None:
    tiny = hand_made([(8.5, 8.5, 11.5, 11.5), (8, 8, 56, 56)])
    found = _advice(Subject("yolov8n", (64, 64), {"dialect": "mid"}), tiny)
    again = group_all(survey(Subject("yolov8n", (64, 64), {"dialect": "mid", "guarantee": True}), tiny))
    assert found["guarantee"].after.share_without == again.share_without == 0.0
    assert found["guarantee"].text() == (
        f"yolov8n @ 64: With guarantee=True the share without a positive falls from "
        f"{100 * found['guarantee'].before.share_without:.1f} % to 0.0 % (--system_options.guarantee true)"
    )


def test_another_dialect_helps_a_crowd(hand_made) -> None:
    crowd = hand_made([(100, 100, 110, 110), (100, 100, 110, 111)], side=224)
    found = _advice(Subject("ssd_tiny", (224, 224), {"dialect": "torchvision"}), crowd)
    assert (found["dialect"].before.share_without, found["dialect"].after.share_without) == (0.5, 0.0)
    assert found["dialect"].how == "--system_options.dialect default"


def test_what_helps_too_little_is_not_proposed_nor_tried(mixed, monkeypatch) -> None:
    assert _advice(Subject("yolov5n", (64, 64)), mixed, least_gain=0.26) == {}
    assert set(_advice(Subject("yolov5n", (64, 64)), mixed, least_gain=0.25)) <= {"canvas", "anchors", "threshold"}
    tried: list[str] = []
    surveys = [survey(Subject("yolov5n", (64, 64)), mixed)]
    advise(surveys, mixed, Sight(), least_gain=0.26, told=lambda what, done, total: tried.append(what))
    assert tried == []
    advise(surveys, mixed, Sight(), least_gain=0.1, told=lambda what, done, total: tried.append(what))
    assert [what for what in tried if "canvas" in what] == ["yolov5n @ 64, at canvas 96"]


def test_a_dialect_is_not_tried_where_everybody_has_a_prior(hand_made) -> None:
    small = hand_made([(100, 100, 124, 124)], side=224)
    tried: list[str] = []
    surveys = [survey(Subject("ssd_tiny", (224, 224)), small)]
    advise(surveys, small, Sight(), least_gain=0.01, told=lambda what, done, total: tried.append(what))
    assert tried
    assert not any("dialect" in what for what in tried)


def test_of_systems_that_match_alike_the_best_is_advice_for_the_others(hand_made) -> None:
    small = hand_made([(100, 100, 124, 124), (20, 20, 44, 44), (164, 164, 188, 188)], side=224)
    surveys = [survey(Subject("ssd_tiny", (224, 224)), small), survey(Subject("retinanet_r18", (224, 224)), small)]
    (other,) = [one for one in advise(surveys, small, Sight(), least_gain=0.01) if one.kind == "system"]
    assert (other.system, other.words) == ("ssd_tiny @ 224", "with retinanet_r18 @ 224 in its place")
    assert (other.before.poor, other.after.poor) == (1.0, 0.0)
    assert other.text() == (
        "ssd_tiny @ 224: With retinanet_r18 @ 224 in its place the share that no prior overlaps enough falls from "
        "100.0 % to 0.0 %"
    )
    worse = replace(other, after=replace(other.after, without=3))
    assert worse.text().endswith("to 0.0 %, that without a positive goes from 0.0 % to 100.0 %")


def test_the_best_comes_first_and_the_mildest_of_a_kind(hand_made) -> None:
    tiny = hand_made([(10, 10, 12.4, 12.4), (20, 20, 44, 44)])
    surveys = [survey(Subject("yolov5n", (64, 64)), tiny)]
    found = advise(surveys, tiny, Sight(), least_gain=0.01)
    assert [one.gain for one in found] == sorted((one.gain for one in found), reverse=True)
    (canvas,) = [one for one in found if one.kind == "canvas"]
    assert (canvas.how, canvas.cost) == ("--canvas 96", 2.25)


def test_what_json_gets() -> None:
    before, after = (Group("all", 100, count, 2.0, 0.5, 0.0, 1.0, 0) for count in (12, 1))
    advice = Advice("yolov8n @ 640", "canvas", "at canvas 960", "--canvas 960", "without", before, after, 2.25)
    values = advice.to_dict()
    assert (values["measure"], values["before"], values["after"]) == ("share_without", 0.12, 0.01)
    assert values["text"] == (
        "yolov8n @ 640: At canvas 960 the share without a positive falls from 12.0 % to 1.0 % "
        "(--canvas 960; 2.2 times the pixels)"
    )
    assert advice.gain == pytest.approx(0.11)
