"""Where a search keeps its files, one process at a time."""

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from boxwright.arguments.plain import plain
from boxwright.errors import ConfigError, DataError, MissingExtraError
from boxwright.run_files.run_directory import new_run_directory
from boxwright.settings.training import GROUPS
from boxwright.settings.tuning.search import Search, search_from
from boxwright.training.continuation import FREE_SETTINGS
from boxwright.writing.atomic_file import atomic_file

MAY_CHANGE = ("trials", "total_epochs", *(name for name in FREE_SETTINGS if name != "data"))
WAITS = 10.0
"""Seconds: processes that loaded images for one that was killed notice it within five, and hold its lock so long."""


@dataclass(frozen=True, slots=True)
class SearchFolder:
    """The names of the files of a search.

    Args:
        path: The folder; the runs of all trials are in it too.
    """

    path: Path

    @property
    def config(self) -> Path:
        """The settings that were given, for `boxwright tune --config`."""
        return self.path / "search.yaml"

    @property
    def store(self) -> Path:
        """All trials, as Optuna keeps them."""
        return self.path / "trials.db"

    @property
    def table(self) -> Path:
        """All trials, the best first."""
        return self.path / "trials.csv"

    @property
    def best(self) -> Path:
        """The command that trains the best trial once more."""
        return self.path / "best.txt"

    @property
    def log(self) -> Path:
        """What was said about trials."""
        return self.path / "log.txt"


@contextmanager
def opened_folder(search: Search, values: Mapping[str, Any]) -> Iterator[SearchFolder]:
    """Makes the folder of a search, or takes up the one that is there, for this process alone.

    Args:
        search: As it was asked for.
        values: What it was read from.

    Raises:
        ConfigError: Something else is there, another search, or a process that searches.
    """
    place = Path(search.training.output) / search.training.name
    folder = SearchFolder(place)
    is_new = not os.path.lexists(place)
    if is_new:
        folder = SearchFolder(new_run_directory(place.parent, place.name).path)
        try:
            _write(folder, values)
        except BaseException:  # a full disk: the same command could not go on in a folder that holds no search
            shutil.rmtree(folder.path, ignore_errors=True)
            raise
    elif not folder.config.is_file():
        raise ConfigError(f"name: {place} is there, and holds no search. Give another --name.")
    with _alone(folder.path):
        _require_same(folder, search)
        try:
            yield folder
        except (ConfigError, DataError, MissingExtraError):
            if is_new and not any(each.is_dir() for each in place.iterdir()):  # refused before anything was trained
                shutil.rmtree(place, ignore_errors=True)
            raise


def _write(folder: SearchFolder, values: Mapping[str, Any]) -> None:
    text = yaml.safe_dump(plain(values), sort_keys=False, allow_unicode=True)
    with atomic_file(folder.config) as file:
        file.write(f"# boxwright tune --config {folder.config} goes on with it.\n{text}".encode())


def _require_same(folder: SearchFolder, search: Search) -> None:
    """Refuses to go on with a search under other settings, of which the AP could not be compared."""
    try:
        kept = yaml.safe_load(folder.config.read_text(encoding="utf-8"))
        before = dict(_leaves(search_from(kept if isinstance(kept, Mapping) else {})))
    except (yaml.YAMLError, UnicodeDecodeError, ConfigError) as error:
        raise DataError(f"{folder.config} cannot be read ({error}). Give another --name, or put it right.") from error
    now = dict(_leaves(search))
    both = {**before, **now}
    judged = [
        name for name in both if name not in MAY_CHANGE and f"space.{name}" not in both
    ]  # of these the space says
    names = [name for name in judged if before.get(name) != now.get(name)]
    if names:
        found = ", and with ".join(f"{name} = {before.get(name)}; found {now.get(name)}" for name in names)
        raise ConfigError(
            f"{folder.path} is a search with {found}. A search goes on as it began: leave that out, or give another "
            "--name."
        )


def _leaves(search: Search) -> Iterator[tuple[str, Any]]:
    """Lists the settings of a search, those of groups and of the space by their whole names."""
    for name, value in search.training.to_dict().items():
        if name in GROUPS:
            yield from ((f"{name}.{entry}", each) for entry, each in value.items())
        else:
            yield name, str(Path(value).absolute()) if name in ("data", "output") and value else value
    yield from ((f"space.{each.name}", each.text) for each in search.space)
    yield from (("seeds", search.settings.seeds), ("prune", search.settings.prune))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keeps a second process out, which would take the trial of the first for one that was killed."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    until = time.monotonic() + WAITS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() < until:
                time.sleep(0.2)
                continue
            os.close(handle)
            raise ConfigError(
                f"name: another process searches in {folder}. Let it end, or give another --name."
            ) from error
        except OSError:  # a file system without locks
            pass
        break
    try:
        yield
    finally:
        os.close(handle)
