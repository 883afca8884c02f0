"""Ranking objects by how hard they stayed."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from boxwright.errors import ConfigError
from boxwright.inspection.losses.ranking import rank_objects, write_ranking
from boxwright.run_files.object_files import OBJECT_COLUMNS, open_object_file


def _log(
    folder: Path,
    views: list[tuple[int, int, int, float, float]],
    labels: list[int] | None = None,
    qualities: list[float] | None = None,
) -> Path:
    """Views are: epoch, row, positives, box loss, class loss; all of one image; every quality 1 if left out."""
    columns = {name: [0] * len(views) for name in OBJECT_COLUMNS}
    columns["image"], columns["category"] = ["a.png"] * len(views), ["cell"] * len(views)  # type: ignore[list-item]
    for name, values in zip(
        ("epoch", "row", "positives", "loss_box", "loss_class"), zip(*views, strict=True), strict=True
    ):
        columns[name] = list(values)
    columns["label"] = labels or columns["label"]
    columns["quality"] = qualities or list(columns["positives"])  # type: ignore[assignment]
    open_object_file(folder, 0, "csv").add(columns)
    return folder


def _rows(path: Path, **options: object) -> list[int]:
    return [each.row for each in rank_objects(path, **options)]  # type: ignore[arg-type]


def test_worked_by_hand(tmp_path: Path) -> None:
    """Epochs 3 and 4 of 4 count. Standings of three: 1/6, 3/6, 5/6."""
    first = [(epoch, row, 1, loss, 0.0) for epoch in (1, 2) for row, loss in enumerate((9.0, 8.0, 7.0))]
    then = [(3, 0, 1, 1.0, 0.0), (3, 1, 1, 2.0, 1.0), (3, 2, 1, 4.0, 0.5)]
    last = [(4, 0, 1, 0.2, 0.0), (4, 1, 1, 0.1, 0.0), (4, 2, 1, 0.3, 0.0)]
    ranking = rank_objects(_log(tmp_path, [*first, *then, *last]), by="total")
    assert [each.row for each in ranking] == [2, 0, 1] or [each.row for each in ranking] == [2, 1, 0]
    assert [each.rank for each in ranking] == [1, 2, 3]
    scores = {each.row: each.score for each in ranking}
    assert scores[2] == pytest.approx((5 / 6 + 5 / 6 + 1 / 2) / 3)
    assert scores[0] == pytest.approx((1 / 6 + 3 / 6 + 1 / 2) / 3)
    assert scores[1] == pytest.approx((3 / 6 + 1 / 6 + 1 / 2) / 3)
    top = ranking[0]
    assert (top.views, top.positives, top.without_positive) == (2, 1.0, 0.0)
    assert top.losses == {"box": pytest.approx(2.15), "class": pytest.approx(0.25)}


def test_what_stays_hard_is_worse_than_one_bad_moment(tmp_path: Path) -> None:
    views = [(epoch, row, 1, 1.0 + row, 0.0) for epoch in range(1, 9) for row in range(4)]
    views += [(8, 9, 1, 100.0, 0.0)]
    assert _rows(_log(tmp_path, views))[0] == 3


def test_equal_losses_stand_equal(tmp_path: Path) -> None:
    ranking = rank_objects(_log(tmp_path, [(1, row, 1, 1.0, 0.0) for row in range(5)]))
    assert {each.score for each in ranking} == {0.5}


def test_a_loss_is_compared_per_positive_unless_asked_otherwise(tmp_path: Path) -> None:
    log = _log(tmp_path, [(1, 0, 10, 5.0, 0.0), (1, 1, 1, 2.0, 0.0), (1, 2, 1, 1.0, 0.0)])
    assert _rows(log, by="box") == [1, 2, 0]
    assert _rows(log, by="box", per="positive") == [1, 2, 0]
    assert _rows(log, by="box", per="object") == [0, 1, 2]
    with pytest.raises(ConfigError, match=r"'positives'\. Did you mean 'positive'"):
        rank_objects(log, per="positives")


def test_a_loss_that_hardly_counts_is_not_a_good_one(tmp_path: Path) -> None:
    """Row 0 is boxed wrongly: its positives fit by a quarter, so its loss is small, and large for what it counts."""
    views = [(1, 0, 10, 1.5, 0.0), (1, 1, 10, 2.0, 0.0), (1, 2, 10, 1.0, 0.0)]
    log = _log(tmp_path, views, qualities=[2.5, 9.0, 8.0])
    assert _rows(log) == [0, 1, 2]
    assert _rows(log, per="positive") == [1, 0, 2]
    assert [each.quality for each in rank_objects(log)] == [2.5, 9.0, 8.0]


def test_the_worst_loss_counts(tmp_path: Path) -> None:
    """Row 0 has a wrong class and row 1 a wrong box; row 2 is a little hard in both, and the total suspects it."""
    losses = [(1.0, 3.0), (3.0, 1.0), (2.5, 2.5), (1.1, 1.1), (1.2, 1.2)]
    log = _log(tmp_path, [(1, row, 1, *pair) for row, pair in enumerate(losses)])
    assert _rows(log) == [0, 1, 2, 4, 3]
    scores = [each.score for each in rank_objects(log)]
    assert scores[:2] == pytest.approx([(9 / 10 + 1 / 2) / 2] * 2)  # the highest of five in one loss
    assert _rows(log, by="total")[0] == 2


def test_one_loss_that_stays_bad_is_worse_than_two_in_turn(tmp_path: Path) -> None:
    odd, even = [(1.0, 9.0), (9.0, 1.0), (1.0, 1.0)], [(1.0, 9.0), (1.0, 8.0), (1.0, 1.0)]
    epochs = enumerate((odd, odd, odd, even, odd, even), 1)
    views = [(epoch, row, 1, box, kind) for epoch, losses in epochs for row, (box, kind) in enumerate(losses)]
    assert _rows(_log(tmp_path, views)) == [0, 1, 2]


def test_one_loss_can_be_chosen(tmp_path: Path) -> None:
    log = _log(tmp_path, [(1, 0, 1, 5.0, 1.0), (1, 1, 1, 1.0, 2.0)])
    assert _rows(log, by="box") == [0, 1]
    assert _rows(log, by="class") == [1, 0]
    with pytest.raises(ConfigError, match=r"Unknown loss 'clas'\. Did you mean 'class'"):
        rank_objects(log, by="clas")


def test_a_hard_class_is_not_suspected_as_such_within_classes(tmp_path: Path) -> None:
    """Rows 0 to 2 are of an easy class in which row 2 is odd, rows 3 to 6 of a hard one."""
    losses = [1.0, 1.1, 3.0, 5.0, 5.0, 5.0, 5.0]
    views = [(epoch, row, 1, loss, 0.0) for epoch in (1, 2, 3, 4) for row, loss in enumerate(losses)]
    log = _log(tmp_path, views, [0, 0, 0, 1, 1, 1, 1] * 4)
    assert _rows(log)[0] in (3, 4, 5, 6)
    ranking = rank_objects(log, within_class=True)
    assert ranking[0].row == 2
    assert ranking[0].score == pytest.approx((2 * 5 / 6 + 1 / 2) / 3)
    assert {each.score for each in ranking if each.label == 1} == {0.5}


def test_a_view_without_positives_says_nothing_about_the_loss(tmp_path: Path) -> None:
    views = [(1, 0, 1, 1.0, 0.0), (1, 1, 0, 0.0, 0.0), (1, 2, 1, 3.0, 0.0), (1, 2, 0, 0.0, 0.0)]
    ranking = {each.row: each for each in rank_objects(_log(tmp_path, views))}
    assert ranking[1].score == 0.5
    assert ranking[1].without_positive == 1
    assert ranking[2].without_positive == 0.5
    assert ranking[2].score == pytest.approx((3 / 4 + 1 / 2) / 2)


def test_a_ranking_is_written_as_json_and_csv(tmp_path: Path) -> None:
    ranking = rank_objects(_log(tmp_path / "objects", [(1, 0, 1, 5.0, 1.0), (1, 1, 1, 1.0, 2.0)]), by="total")
    entries = json.loads(write_ranking(ranking, tmp_path / "ranking.json").read_text())
    assert [entry["row"] for entry in entries] == [0, 1]
    assert entries[0]["losses"] == {"box": 5.0, "class": 1.0}
    with write_ranking(ranking, tmp_path / "ranking.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["rank"], row["row"], row["loss_box"]) for row in rows] == [("1", "0", "5.0"), ("2", "1", "1.0")]
    with pytest.raises(ConfigError, match=r"Use \.json or \.csv"):
        write_ranking(ranking, tmp_path / "ranking.txt")


@pytest.mark.parametrize("name", ['=cmd|"/c calc"!A0', "+1", "-cell", "@SUM(A1)", "\tcell", "＝1"])
def test_no_name_becomes_a_formula_in_the_table(tmp_path: Path, name: str) -> None:
    log = _log(tmp_path, [(1, 0, 1, 1.0, 0.0)])
    (ranked,) = rank_objects(log)
    named = replace(ranked, category=name, image=f"{name}.png")
    with write_ranking([named], tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["category"], row["image"]) == (f"'{name}", f"'{name}.png")
    (entry,) = json.loads(write_ranking([named], tmp_path / "a.json").read_text(encoding="utf-8"))
    assert (entry["category"], entry["image"]) == (name, f"{name}.png")
