"""`python -m conformance.make_cases`: writes every case anew, from the reference alone."""

import shutil
from collections.abc import Callable
from pathlib import Path

from conformance.case import CASES, Case, write_case
from conformance.recipes import (
    atss,
    boxes,
    fcos,
    losses,
    masks,
    overlaps,
    retinanet,
    ssd,
    suppression,
    yolov5,
    yolov8,
    yolov8_seg,
)

RECIPES: tuple[Callable[[], list[Case]], ...] = (
    boxes.cases,
    overlaps.cases,
    losses.cases,
    suppression.cases,
    masks.cases,
    ssd.cases,
    retinanet.cases,
    fcos.cases,
    atss.cases,
    yolov5.cases,
    yolov8.cases,
    yolov8_seg.cases,
)


def make_cases(folder: Path) -> int:
    """Writes all cases and gives their number.

    Args:
        folder: One folder per section is made in it.
    """
    found = [case for recipe in RECIPES for case in recipe()]
    for case in found:
        write_case(case, folder)
    return len(found)


def main() -> None:
    """Replaces the cases of the suite."""
    for section in CASES.iterdir():
        if section.is_dir():
            shutil.rmtree(section)
    print(f"{make_cases(CASES)} cases in {CASES}")


if __name__ == "__main__":
    main()
