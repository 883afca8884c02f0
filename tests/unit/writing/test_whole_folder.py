from collections.abc import Callable
from pathlib import Path

import pytest

from boxwright.errors import ConfigError
from boxwright.writing.whole_folder import is_unfinished, whole_folder


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.mark.parametrize("is_there", [False, True])
def test_all_is_there_at_the_end_and_nothing_before(tmp_path: Path, is_there: bool) -> None:
    folder = tmp_path / "a/b"
    if is_there:
        folder.mkdir(parents=True)
    with whole_folder(folder) as part:
        (part / "c").mkdir()
        (part / "c/d").write_text("x")
        assert not (folder / "c").exists()
    assert names(tmp_path) == ["a", "a/b", "a/b/c", "a/b/c/d"]
    assert folder.stat().st_mode & 0o777 == (tmp_path / "a").stat().st_mode & 0o777


def write_and(then: Callable[[], object], folder: Path) -> None:
    with whole_folder(folder) as part:
        (part / "x").write_text("ours")
        then()


def stop(error: type[BaseException]) -> None:
    raise error


@pytest.mark.parametrize("is_there", [False, True])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_nothing_is_left_of_what_was_not_finished(tmp_path: Path, is_there: bool, error: type[BaseException]) -> None:
    folder = tmp_path / "b"
    if is_there:
        folder.mkdir()
    with pytest.raises(error):
        write_and(lambda: stop(error), folder)
    assert names(tmp_path) == (["b"] if is_there else [])


def test_the_present_folder_and_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with whole_folder(tmp_path / "link") as part:
        (part / "x").write_text("1")
    assert (tmp_path / "real/x").is_file()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with whole_folder(Path()) as part:
        (part / "y").write_text("1")
    assert Path("y").is_file()


@pytest.mark.parametrize("is_there", [False, True])
def test_what_came_meanwhile_stays(tmp_path: Path, is_there: bool) -> None:
    folder = tmp_path / "there"
    if is_there:
        folder.mkdir()

    def come() -> None:
        folder.mkdir(exist_ok=True)
        (folder / "x").write_text("theirs")

    with pytest.raises(ConfigError, match="meanwhile"):
        write_and(come, folder)
    assert names(tmp_path) == ["there", "there/x"]
    assert (folder / "x").read_text() == "theirs"


def test_what_a_killed_process_left_is_in_nobodys_way(tmp_path: Path) -> None:
    folder = tmp_path / "there"
    (folder / ".boxwright-abc.part").mkdir(parents=True)
    with whole_folder(folder) as part:
        (part / "x").write_text("1")
    assert (folder / "x").is_file()
    assert [is_unfinished(each.name) for each in sorted(folder.iterdir())] == [True, False]


def test_another_process_that_began_meanwhile_is_in_nobodys_way(tmp_path: Path) -> None:
    folder = tmp_path / "there"
    with whole_folder(folder) as part:
        (part / "x").write_text("1")
        (folder / ".boxwright-abc.part").mkdir(parents=True)
    assert names(tmp_path) == ["there", "there/.boxwright-abc.part", "there/x"]
