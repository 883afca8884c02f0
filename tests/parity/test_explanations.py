"""In every recorded case the positives by reasons are the assignment, and that is what the criterion uses."""

from collections.abc import Callable

import pytest

from boxwright.criterion import Criterion, retinanet_criterion, ssd_criterion, yolov5_criterion
from boxwright.inspection import explain
from boxwright.structures import Predictions, Priors, Reason, Targets
from boxwright.systems import build_system
from tests.contracts.explanation_laws import assert_explains, assert_same_assignment, triples
from tests.parity.golden_cases import case_names, load, ssd_inputs, yolov5_inputs, yolov8_inputs
from tests.parity.retinanet_cases import mmdetection_case, torchvision_case

Inputs = tuple[Criterion, Predictions, Priors, Targets]


def yolov8_case(name: str) -> Inputs:
    arrays, config = load("yolov8_detect", name)
    system = build_system("yolov8n", config["num_classes"], reg_max=config["reg_max"], dialect="mid")
    return (system.criterion, *yolov8_inputs(arrays, config)[:3])


def yolov5_case(name: str) -> Inputs:
    arrays, config = load("yolov5", name)
    criterion = yolov5_criterion(config["num_classes"], strides=tuple(config["strides"]), repeats=True)
    return (criterion, *yolov5_inputs(arrays, config)[:3])


def ssd_case(folder: str, name: str) -> Inputs:
    return (ssd_criterion(dialect=folder.removeprefix("ssd_")), *ssd_inputs(folder, *load(folder, name))[:3])


def retinanet_case(dialect: str, name: str) -> Inputs:
    folder, read = {
        "mmdetection": ("retinanet_mmdet", mmdetection_case),
        "torchvision": ("retinanet_torchvision", torchvision_case),
    }[dialect]
    case = read(*load(folder, name))
    return retinanet_criterion(dialect=dialect), case.predictions, case.priors, case.targets


CASES: dict[str, Callable[[], Inputs]] = {
    **{name: lambda name=name: yolov8_case(name) for name in case_names("yolov8_detect", "d")},
    **{name: lambda name=name: yolov5_case(name) for name in case_names("yolov5", "v")},
    **{
        f"{folder}/{name}": lambda folder=folder, name=name: ssd_case(folder, name)
        for folder, prefix, parts in (("ssd_tiny", "p", "p90_parts"), ("ssd_torchvision", "d", "d90_default_boxes"))
        for name in case_names(folder, prefix)
        if name != parts
    },
    **{name: lambda name=name: retinanet_case("mmdetection", name) for name in case_names("retinanet_mmdet", "m")},
    **{
        name: lambda name=name: retinanet_case("torchvision", name)
        for prefix in ("t0", "t1")
        for name in case_names("retinanet_torchvision", prefix)
    },
}


@pytest.mark.parametrize("name", CASES)
def test_positives_by_reasons_are_the_assignment(name: str) -> None:
    criterion, predictions, priors, targets = CASES[name]()
    found = explain(criterion, predictions, priors, targets)
    assert_same_assignment(found.after, criterion.assign(predictions, priors, targets))
    assert_explains(found.verdicts, found.before, targets, len(priors))
    assert set(triples(found.verdicts.because(Reason.POSITIVE))) == set(triples(found.after))
