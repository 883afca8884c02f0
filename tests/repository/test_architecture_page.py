"""The page about the architecture names files that exist, and says of the systems what is built."""

import re
from pathlib import Path

import pytest

from boxwright.criterion import (
    fcos_criterion,
    retinanet_criterion,
    ssd_criterion,
    yolov5_criterion,
    yolov8_criterion,
)

PAGE = "docs/architecture.md"
PATH = re.compile(r"`([a-z_0-9]+(?:/[A-Za-z_0-9.-]+)+/?)`")
SYSTEMS = ("yolov8", "yolov5", "retinanet", "fcos", "ssd")


def named_paths(text: str) -> set[str]:
    """Gives the paths between backticks; `NAME` stands for every system, and not for other things."""
    outside_blocks = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    names = {path for path in PATH.findall(outside_blocks) if path != "cli/commands/NAME.py"}
    return {name.replace("NAME", system) for name in names for system in SYSTEMS}


def test_every_named_file_exists(root: Path) -> None:
    paths = named_paths((root / PAGE).read_text())
    assert len(paths) > 30
    missing = [path for path in paths if not ((root / path).exists() or (root / "src/boxwright" / path).exists())]
    assert not missing, f"{PAGE} names what is not there: {sorted(missing)}."


@pytest.mark.parametrize("text", ["see `losses/no_such.py`", "| `kernels/gone/` |"])
def test_a_missing_file_is_found(text: str, root: Path) -> None:
    assert [path for path in named_paths(text) if not (root / "src/boxwright" / path).exists()]


def row_of(page: str, begin: str) -> list[str]:
    (line,) = [line for line in page.splitlines() if line.startswith(f"| {begin} |")]
    return [cell.strip() for cell in line.strip("| ").split("|")][1:6]


def test_the_table_says_who_multiplies_by_the_images_and_what_is_sampled(root: Path) -> None:
    page = (root / PAGE).read_text()
    criteria = (yolov8_criterion(), yolov5_criterion(80), retinanet_criterion(), fcos_criterion(), ssd_criterion())
    multiplies = ["yes" if criterion.times_batch_size else "no" for criterion in criteria]
    assert row_of(page, "all is multiplied by the images") == multiplies
    samplers = [type(criterion.sampler).__name__ for criterion in criteria]
    assert ["hardest" in cell for cell in row_of(page, "is background")] == [
        name == "HardNegatives" for name in samplers
    ]
    for criterion in (yolov8_criterion(), fcos_criterion()):
        assert not criterion.assigner.guarantee  # type: ignore[attr-defined]
