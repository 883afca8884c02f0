"""Run directories and what is found in them."""

from pathlib import Path

import pytest

from boxwright.errors import ConfigError, DataError
from boxwright.run_files.run_directory import RunDirectory, find_checkpoint, new_run_directory, removed_if_refused


def _run(path: Path) -> RunDirectory:
    run = RunDirectory(path)
    run.last_checkpoint.parent.mkdir(parents=True)
    run.last_checkpoint.touch()
    run.config.touch()
    return run


def test_names_count_up(tmp_path: Path) -> None:
    made = [new_run_directory(tmp_path / "runs", "train").path.name for _ in range(3)]
    assert made == ["train", "train-2", "train-3"]


def test_a_checkpoint_is_found_by_run_or_by_file(tmp_path: Path) -> None:
    run = _run(tmp_path / "run")
    assert find_checkpoint(run.path) == (run, run.last_checkpoint)
    assert find_checkpoint(run.last_checkpoint) == (run, run.last_checkpoint)


def test_a_run_without_checkpoint_cannot_go_on(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no checkpoint .*last\.ckpt"):
        find_checkpoint(tmp_path)


def test_a_checkpoint_outside_a_run_cannot_go_on(tmp_path: Path) -> None:
    run = _run(tmp_path / "run")
    run.config.unlink()
    with pytest.raises(ConfigError, match=r"config\.yaml is missing"):
        find_checkpoint(run.last_checkpoint)


def test_a_file_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("theirs")
    with pytest.raises(ConfigError, match=r"^output: nothing can be written to .*runs is no folder"):
        new_run_directory(tmp_path / "runs", "train")


@pytest.mark.parametrize("name", ["", ".", "..", "../beside", "a/../../b", "/tmp/elsewhere"])
def test_a_run_stays_in_the_output_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no name of a folder in"):
        new_run_directory(tmp_path, name)
    assert new_run_directory(tmp_path, "a/b").path == tmp_path / "a" / "b"


@pytest.mark.parametrize(
    ("error", "is_new", "has_trained", "stays"),
    [
        (ConfigError("no"), True, False, False),
        (ConfigError("no"), False, False, True),
        (ConfigError("no"), True, True, True),
        (DataError("no"), True, False, True),  # its log says which
    ],
)
def test_a_run_that_is_refused_leaves_nothing(
    tmp_path: Path, error: Exception, is_new: bool, has_trained: bool, stays: bool
) -> None:
    run = new_run_directory(tmp_path, "train")
    run.config.touch()
    if has_trained:
        run.metrics.touch()
    with pytest.raises(type(error)), removed_if_refused(run, is_new=is_new):
        raise error
    assert run.path.exists() == stays
