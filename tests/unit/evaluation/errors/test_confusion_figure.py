"""The picture of the confusion matrix: that it can be drawn, whatever the names, and how large it gets."""

from pathlib import Path

import pytest
from PIL import Image

from boxwright.evaluation.errors import Confusion, DetectionError
from boxwright.evaluation.errors.confusion_figure import confusion_figure


@pytest.mark.parametrize("classes", [0, 1, 31, 5000])
def test_the_picture_stays_small_enough_to_look_at(tmp_path: Path, classes: int) -> None:
    names = [f"${number}_細胞\n" * 9 for number in range(classes)]
    errors = [DetectionError("miss", 1, "a.png", 4.0, true_label=label) for label in range(0, classes, 7)]
    path = confusion_figure(Confusion({0: 4} if classes else {}, errors), names, tmp_path / "c.png", threshold=0.3)
    with Image.open(path) as picture:
        assert max(picture.size) < 2400
        assert len(picture.convert("RGB").getcolors(10**6)) > 10
