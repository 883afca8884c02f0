from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from boxwright.data import open_dataset
from boxwright.data.verification import statistics_sheet as module
from boxwright.data.verification.statistics import DataStatistics, statistics_of
from boxwright.data.verification.statistics_sheet import statistics_sheet


@pytest.fixture(scope="module")
def parts() -> dict[str, DataStatistics]:
    return {split: statistics_of(open_dataset("sample:bccd", split), (320, 320)) for split in ("train", "val")}


def test_it_is_one_picture(parts: dict[str, DataStatistics], tmp_path: Path) -> None:
    path = statistics_sheet(parts, tmp_path / "new folder" / "sheet.png")
    with Image.open(path) as picture:
        assert picture.size == (1600, 900)
        assert np.array(picture.convert("L")).std() > 10


def test_a_part_without_objects(parts: dict[str, DataStatistics], tmp_path: Path) -> None:
    part = parts["val"]
    none = np.zeros(0)
    empty = replace(
        part,
        objects_per_image=np.zeros(3, np.int64),
        image_sizes=part.image_sizes[:3],
        labels=none.astype(np.int64),
        image=none.astype(np.int64),
        widths=none.astype(np.float32),
        heights=none.astype(np.float32),
        centres=np.zeros((0, 2), np.float32),
    )
    assert statistics_sheet({"val": empty}, tmp_path / "sheet.png").is_file()


def test_many_classes_and_names_that_look_like_mathematics(parts: dict[str, DataStatistics], tmp_path: Path) -> None:
    many = {name: replace(part, categories=tuple(f"$class_{n}" for n in range(99))) for name, part in parts.items()}
    assert statistics_sheet(many, tmp_path / "sheet.png").is_file()


def test_names_of_every_kind(parts: dict[str, DataStatistics], tmp_path: Path) -> None:
    names = ("$\\frac{", "猫 قط 가위", "two\nlines \x1b _ {} %s <b>")
    odd = {name: replace(part, categories=names) for name, part in parts.items()}
    assert statistics_sheet(odd, tmp_path / "sheet.png").is_file()


@pytest.mark.parametrize("names", [("WBC",), ("Platelets", "WBC", "RBC"), ("a", "b", "c", "d")])
def test_parts_that_number_their_classes_differently_are_counted_by_name(
    parts: dict[str, DataStatistics], names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(module, "write_figure", lambda figure, path: drawn.append(figure) or path)
    other = replace(parts["val"], categories=names, labels=parts["val"].labels % len(names))
    statistics_sheet({"train": parts["train"], "val": other}, tmp_path / "sheet.png")
    axes = drawn[0].axes[0]
    shown = [label.get_text() for label in axes.get_yticklabels()]
    assert set(shown) == {*parts["train"].categories, *names}
    widths = {
        part: dict(zip(shown, [int(bar.get_width()) for bar in bars], strict=True))
        for part, bars in zip(("train", "val"), axes.containers, strict=True)
    }
    for part, counted in (("train", parts["train"]), ("val", other)):
        expected = dict(zip(counted.categories, counted.objects_per_class.tolist(), strict=True))
        assert widths[part] == {name: expected.get(name, 0) for name in shown}
