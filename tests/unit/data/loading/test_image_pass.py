from pathlib import Path

import cv2
import numpy as np
import pytest

from boxwright.data.formats.annotation_table import AnnotationTable
from boxwright.data.loading.image_pass import check_images
from boxwright.data.reading_limits import DEFAULT_LIMITS


@pytest.mark.parametrize("workers", [1, 3, None])
def test_findings_are_in_the_order_of_the_table(workers: int | None, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(6)]
    for number, path in enumerate(paths):
        cv2.imwrite(str(path), np.full((4, 5, 3), number, np.uint8))
    paths[3].write_bytes(b"")
    table = AnnotationTable.build([str(path) for path in paths], range(6), [(4, 5)] * 6, [])
    told: list[tuple[int, int]] = []
    findings = check_images(
        table, DEFAULT_LIMITS, decode=True, workers=workers, progress=lambda done, total: told.append((done, total))
    )
    assert [finding.is_usable for finding in findings] == [True, True, True, False, True, True]
    assert len({finding.digest for finding in findings}) == 6
    assert told == [(done, 6) for done in range(1, 7)]
