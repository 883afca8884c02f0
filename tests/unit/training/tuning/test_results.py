"""What a search leaves behind."""

from pathlib import Path

import pytest

from boxwright.errors import TrainingError
from boxwright.settings.tuning.search import search_from
from boxwright.training.python_parts import NO_PARTS, PythonParts
from boxwright.training.tuning.results import commands_of, result_of, said_of_results, write_results
from boxwright.training.tuning.search_folder import SearchFolder
from boxwright.training.tuning.trial_record import TrialRecord

SEARCH = search_from(
    {"data": "x", "epochs": 2, "seed": 4, "seeds": 2, "space": {"optimization.lr": "1e-4..1e-2:log", "canvas": "64,96"}}
)
VALUES = {"optimization.lr": 0.001, "canvas": 96}
RECORDS = [
    TrialRecord(0, "failed", VALUES, failure="loss is nan"),
    TrialRecord(1, "complete", VALUES, 0.25, (0.2, 0.3), 4, 1.0, ("trial-001-seed-4", "trial-001-seed-5")),
]
LINE = "boxwright train --data x --epochs 2 --seed {} --optimization.lr 0.001 --canvas 96 --name tune-best"


def test_the_best_has_a_command_for_every_seed(tmp_path: Path) -> None:
    folder = SearchFolder(tmp_path)
    write_results(SEARCH, RECORDS, folder, NO_PARTS)
    lines = [LINE.format(seed) for seed in (4, 5)]
    assert folder.best.read_text().splitlines() == lines
    assert folder.table.read_text().startswith("trial,state,ap,ap_seed_4,ap_seed_5,epochs,")
    result = result_of(SEARCH, RECORDS, folder, NO_PARTS)
    assert (result.ap, list(result.commands)) == (0.25, lines)
    assert result.best_runs == (tmp_path / "trial-001-seed-4", tmp_path / "trial-001-seed-5")
    assert result.best_settings == {
        "data": "x",
        "epochs": 2,
        "seed": 4,
        "optimization": {"lr": 0.001},
        "canvas": 96,
        "name": "tune-best",
    }
    said = said_of_results(SEARCH, RECORDS, result)
    assert "The best is trial 1, AP 0.2500" in said
    assert all(line in said for line in lines)


def test_what_python_gave_is_named() -> None:
    (first, _) = commands_of(SEARCH, RECORDS[1], PythonParts(transform=lambda sample: sample))
    assert first.startswith("# in Python, with the same transform: boxwright.train(**{'data': 'x', ")


def test_without_a_best_there_is_no_result_and_no_command(tmp_path: Path) -> None:
    write_results(SEARCH, RECORDS[:1], SearchFolder(tmp_path), NO_PARTS)
    assert [path.name for path in tmp_path.iterdir()] == ["trials.csv"]
    with pytest.raises(TrainingError, match=r"No trial came to its end \(trial 0: loss is nan\)"):
        result_of(SEARCH, RECORDS[:1], SearchFolder(tmp_path), NO_PARTS)
