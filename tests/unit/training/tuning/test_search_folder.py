"""Where a search keeps its files."""

import errno
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from boxwright.errors import BoxwrightError, ConfigError
from boxwright.settings.tuning.search import search_from
from boxwright.training.tuning import search_folder
from boxwright.training.tuning.search_folder import SearchFolder, opened_folder


def _values(tmp_path: Path, **changed: Any) -> dict[str, Any]:
    return {"data": "x", "output": str(tmp_path), "space": {"optimization.lr": "1e-4..1e-2:log"}, **changed}


def _open(values: dict[str, Any]) -> SearchFolder:
    with opened_folder(search_from(values), values) as folder:
        return folder


def test_the_same_search_goes_on_in_its_folder(tmp_path: Path) -> None:
    values = _values(tmp_path)
    folder = _open(values)
    assert yaml.safe_load(folder.config.read_text()) == values
    same = {"space": {"optimization": {"lr": "0.0001..0.01:log"}}, "trials": 50, "workers": 3, "prune": "median"}
    assert _open({**values, **same}) == folder


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"epochs": 7}, "is a search with epochs = 100; found 7. A search goes on as it began"),
        ({"space": {"optimization.lr": "0..1"}}, "space.optimization.lr = 0.0001..0.01:log; found 0.0..1.0"),
        ({"space": {"system": "ssd_tiny,yolov5n"}}, "and with space.system = None; found"),
        (
            {"space": {"recipe": "fitted,published"}},
            "a search with space.optimization.lr = 0.0001..0.01:log; found None",
        ),
        ({"augmentation": {"mosaic": 0.5}}, "augmentation.mosaic = None; found 0.5"),
        ({"seeds": 2, "prune": "off"}, "seeds = 1; found 2, and with prune = median; found off"),
        ({"data": "y"}, "is a search with data = "),
    ],
)
def test_another_search_is_refused(changed: dict[str, Any], said: str, tmp_path: Path) -> None:
    _open(_values(tmp_path))
    with pytest.raises(ConfigError) as refused:
        _open(_values(tmp_path, **changed))
    assert said in str(refused.value)


def test_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "tune").mkdir()
    (tmp_path / "tune" / "mine").touch()
    with pytest.raises(ConfigError, match=r"is there, and holds no search. Give another --name"):
        _open(_values(tmp_path))
    assert [path.name for path in tmp_path.rglob("*")] == ["tune", "mine"]


def test_a_folder_that_could_not_be_begun_is_not_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(search_folder, "atomic_file", full)
        with pytest.raises(OSError, match="No space left"):
            _open(_values(tmp_path))
    assert not list(tmp_path.iterdir())
    assert _open(_values(tmp_path)).path == tmp_path / "tune"


@pytest.mark.parametrize("text", ["space: [", "trials: 3", "data: \x00", "- a", ""])
def test_settings_that_were_damaged_are_an_error(text: str, tmp_path: Path) -> None:
    _open(_values(tmp_path)).config.write_text(text)
    with pytest.raises(BoxwrightError, match=r"search\.yaml cannot be read"):
        _open(_values(tmp_path))


def test_one_process_searches_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_folder, "WAITS", 0.3)
    values = _values(tmp_path)
    with (
        opened_folder(search_from(values), values),
        pytest.raises(ConfigError, match="another process searches in"),
        opened_folder(search_from(values), values),
    ):
        pass
    _open(values)


def test_a_lock_that_ends_soon_is_waited_for(tmp_path: Path) -> None:
    """Processes that loaded images for one that was killed hold its lock until they notice."""
    values = _values(tmp_path)
    folder = _open(values)
    program = "import fcntl, os, sys, time; fcntl.flock(os.open(sys.argv[1], 0), 2); print(flush=True); time.sleep(0.7)"
    with subprocess.Popen([sys.executable, "-c", program, folder.path], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert _open(values) == folder


def test_a_search_that_is_refused_before_its_first_training_leaves_nothing(tmp_path: Path) -> None:
    values = _values(tmp_path)

    def refuse(name: str | None) -> None:
        with opened_folder(search_from(values), values) as folder:
            if name:
                (folder.path / name).mkdir()
            raise ConfigError("no")

    with pytest.raises(ConfigError, match="no"):
        refuse(None)
    assert not (tmp_path / "tune").exists()
    with pytest.raises(ConfigError, match="no"):
        refuse("trial-000")
    assert (tmp_path / "tune" / "search.yaml").is_file()
