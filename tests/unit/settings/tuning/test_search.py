"""What can be set about a search."""

import importlib.util
from typing import Any

import pytest

from boxwright.errors import BoxwrightError, MissingExtraError
from boxwright.settings.tuning.search import require_search, search_from

SPACE = {"space": {"optimization.lr": "1e-4..1e-2:log"}}


def test_settings_of_trainings_and_of_the_search_are_told_apart() -> None:
    search = search_from({**SPACE, "data": "x", "trials": 5, "seeds": 2, "seed": 7, "epochs": 3})
    assert search.given == {"name": "tune", "data": "x", "seed": 7, "epochs": 3}
    assert (search.settings.trials, search.settings.prune, list(search.seeds)) == (5, "median", [7, 8])
    assert (search.training.optimization.lr, search.training.name) == (1e-4, "tune")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "space: name what to search"),
        ({**SPACE, "trials": 0}, "trials must be at least 1; found 0"),
        ({**SPACE, "seeds": 0}, "seeds must be at least 1"),
        ({**SPACE, "total_epochs": -1}, "total_epochs must be at least 1"),
        ({**SPACE, "trials": "many"}, "trials must be int; found 'many'"),
        ({**SPACE, "prune": "mean"}, "prune cannot be 'mean'. Did you mean 'median'?"),
        ({**SPACE, "trails": 3}, "Unknown setting 'trails'. Did you mean 'trials'?"),
        ({**SPACE, "resume": "runs/tune"}, "the same command again goes on with its search"),
        ({**SPACE, "seed": 2**32 - 1, "seeds": 2}, "seed + seeds must be at most"),
        ({"space": 3}, "space must be {name: value}"),
    ],
)
def test_what_cannot_be_is_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(BoxwrightError) as refused:
        search_from(values)
    assert said in str(refused.value)


def test_without_optuna_the_command_that_installs_it_is_named(monkeypatch, tmp_path) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        "boxwright.settings.tuning.search.find_spec", lambda name: None if name == "optuna" else found(name)
    )
    with pytest.raises(MissingExtraError, match=r'Install it: pip install "boxwright\[tune\]"'):
        require_search({**SPACE, "data": str(tmp_path), "output": str(tmp_path)})
