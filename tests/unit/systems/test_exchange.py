import json
from dataclasses import replace
from typing import Any

import pytest

from boxwright.assigners import AtssAssigner, MaxIouAssigner, TaskAlignedAssigner
from boxwright.coders import LtrbCoder
from boxwright.criterion import BoxRegressionTerm, CentrenessTerm, CodeRegressionTerm, DualCriterion
from boxwright.errors import ConfigError
from boxwright.losses import (
    L1,
    AgainstBackground,
    BinaryCrossEntropy,
    EIoULoss,
    OverlapLoss,
    PriorFocalLoss,
    VarifocalLoss,
    WiseIoULoss,
)
from boxwright.reducers import ByQuality, PairMean
from boxwright.samplers import BalancedSampler
from boxwright.systems import System, build_system, with_parts
from boxwright.systems.model_card import card_from, card_of

SMALL: dict[str, dict[str, Any]] = {
    "retinanet_r18": {"width": 32, "depth": 0},
    "fcos_r18": {"width": 32, "depth": 0},
}


def exchanged(system: str, parts: dict[str, Any], num_classes: int = 2) -> System:
    return with_parts(build_system(system, num_classes, **SMALL.get(system, {})), parts)


def term(system: System, name: str) -> Any:
    return next(each for each in system.criterion.terms if each.name == name)


def test_every_role_is_exchanged_and_the_rest_stays() -> None:
    before = build_system("yolov8n", 2)
    after = with_parts(
        before,
        {
            "assigner": "one_to_one",
            "sampler": "balanced",
            "reducer": "pair_mean",
            "class_loss": "varifocal",
            "box_loss": "eiou",
        },
    )
    assert after.criterion.assigner == TaskAlignedAssigner(topk=1)
    assert after.criterion.sampler == BalancedSampler()
    assert term(after, "box") == BoxRegressionTerm(before.criterion.decode, 7.5, EIoULoss(), PairMean())
    assert term(after, "class").loss == AgainstBackground(VarifocalLoss())
    assert {each.reducer for each in after.criterion.terms} == {PairMean()}  # type: ignore[attr-defined]
    assert term(after, "dfl").loss == term(before, "dfl").loss
    assert after.detector is before.detector


def test_codes_and_boxes_take_each_others_place() -> None:
    boxes = exchanged("ssd_tiny", {"box_loss": "giou"})
    assert isinstance(term(boxes, "box"), BoxRegressionTerm)
    assert term(boxes, "box").loss == OverlapLoss("giou")
    codes = with_parts(build_system("retinanet_r18", 2, box_loss="giou", **SMALL["retinanet_r18"]), {"box_loss": "l1"})
    assert isinstance(term(codes, "box"), CodeRegressionTerm)
    assert term(codes, "box").loss == L1()
    sides = exchanged("fcos_r18", {"box_loss": "l1"})
    assert term(sides, "box") == CodeRegressionTerm(LtrbCoder(), 1.0, L1(), ByQuality())
    assert term(sides, "centreness") == CentrenessTerm()


def test_class_losses_take_their_leaner_form() -> None:
    assert term(exchanged("yolov8n", {"class_loss": "focal"}), "class").loss == PriorFocalLoss()
    assert term(exchanged("yolov8n", {"class_loss": "cross_entropy"}), "class").loss == BinaryCrossEntropy()
    assert term(exchanged("yolov5n", {"class_loss": "varifocal"}), "class").loss == VarifocalLoss()


def test_one_category_has_no_class_loss_in_yolov5() -> None:
    with pytest.raises(ConfigError, match="no loss of classes here: with one category"):
        exchanged("yolov5n", {"class_loss": "focal"}, num_classes=1)


def test_it_can_be_done_again() -> None:
    system = with_parts(exchanged("yolov8n", {"assigner": "max_iou"}), {"assigner": "one_to_one", "box_loss": "siou"})
    assert {role: part["name"] for role, part in system.parts.items()} == {"assigner": "one_to_one", "box_loss": "siou"}


def test_of_two_heads_the_assigner_is_that_for_many_points_and_all_else_is_of_both() -> None:
    criterion = exchanged("yolov8n-e2e", {"assigner": "atss", "box_loss": "wise_iou", "reducer": "pair_mean"}).criterion
    assert isinstance(criterion, DualCriterion)
    assert (criterion.many.assigner, criterion.one.assigner) == (AtssAssigner(), TaskAlignedAssigner(topk=1))
    losses = [each.loss for half in (criterion.many, criterion.one) for each in half.terms if each.name == "box"]
    assert [type(loss) for loss in losses] == [WiseIoULoss, WiseIoULoss]
    assert losses[0] is not losses[1], "each remembers its own mean"
    assert {each.reducer for half in (criterion.many, criterion.one) for each in half.terms} == {PairMean()}


def test_a_card_holds_them_and_builds_them() -> None:
    system = exchanged("yolov8n", {"assigner": "max_iou", "assigner.negative": 0.3, "box_loss": "wise_iou"})
    card = card_of(system, categories=("a", "b"), category_ids=(1, 2), canvas_size=(64, 64), config={})
    again = card_from(json.loads(card.header()))
    assert again == card
    built = again.build()
    assert built.criterion.assigner == MaxIouAssigner(negative=0.3)
    assert isinstance(term(built, "box").loss, WiseIoULoss)
    assert built.parts == system.parts
    values = json.loads(card.header())
    del values["parts"]  # a file of before
    assert card_from(values).build().criterion.assigner == build_system("yolov8n", 2).criterion.assigner


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ConfigError, match="does not fit yolov8n"):
        exchanged("yolov8n", {"sampler": "hard_negatives"})
    with pytest.raises(ConfigError, match="version must be one of 1, 3; found 2"):
        exchanged("yolov8n", {"box_loss": "wise_iou", "box_loss.version": 2})


def test_a_criterion_without_terms_is_named_and_left_alone_where_nothing_is_exchanged() -> None:
    class Whole:
        assigner = decode = None
        times_batch_size = False

        def run(self, *given: object, **asked: object) -> None: ...

        def assign(self, *given: object) -> None: ...

    own = replace(build_system("yolov8n", 2), criterion=Whole())  # type: ignore[arg-type]
    assert with_parts(own, {}) is own
    with pytest.raises(ConfigError, match="criterion of yolov8n is Whole, which is not made of terms"):
        with_parts(own, {"assigner": "atss"})
