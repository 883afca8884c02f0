import os
import tempfile
from pathlib import Path
from typing import IO, Any

import pytest

from boxwright.errors import ConfigError
from boxwright.writing.atomic_file import atomic_file, put_in_place, require_folder, require_free


def test_the_file_appears_whole_and_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "model.pt"
    with atomic_file(path) as file:
        file.write(b"first")
        assert not path.exists()
        file.write(b" second")
    assert path.read_bytes() == b"first second"
    assert [entry.name for entry in path.parent.iterdir()] == ["model.pt"]


def test_an_error_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(b"old")

    def interrupted() -> None:
        with atomic_file(path, replaces=True) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.pt"]


def test_only_what_may_be_replaced_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(b"old")
    with pytest.raises(ConfigError, match=r"model.pt is there already"), atomic_file(path):
        raise AssertionError
    with atomic_file(path, replaces=True) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"


def write(path: Path, *, meanwhile: Path | None = None) -> None:
    with atomic_file(path) as file:
        file.write(b"ours")
        if meanwhile is not None:
            meanwhile.write_bytes(b"theirs")


def test_a_file_that_comes_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    with pytest.raises(ConfigError, match="is there already"):
        write(path, meanwhile=path)
    assert path.read_bytes() == b"theirs"
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.pt"]


def test_on_a_file_system_without_links_it_stays_too(tmp_path: Path, monkeypatch) -> None:
    def refuse(*names: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    write(tmp_path / "one")
    assert (tmp_path / "one").read_bytes() == b"ours"
    with pytest.raises(ConfigError, match="is there already"):
        write(tmp_path / "two", meanwhile=tmp_path / "two")
    assert (tmp_path / "two").read_bytes() == b"theirs"


@pytest.mark.parametrize("leads_to", ["photo.jpg", "nowhere.jpg"])
def test_nothing_is_written_through_or_over_a_link(tmp_path: Path, leads_to: str) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"photo")
    (tmp_path / "link.jpg").symlink_to(tmp_path / leads_to)
    with pytest.raises(ConfigError, match="is there already"):
        write(tmp_path / "link.jpg")
    assert (tmp_path / "photo.jpg").read_bytes() == b"photo"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["link.jpg", "photo.jpg"]


def test_the_name_may_be_as_long_as_the_system_allows(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 251 + ".jpg")
    write(path)
    assert path.read_bytes() == b"ours"


def test_the_file_has_the_permissions_of_an_ordinary_one(tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary"
    ordinary.write_bytes(b"")
    with atomic_file(tmp_path / "atomic") as file:
        file.write(b"")
    assert (tmp_path / "atomic").stat().st_mode == ordinary.stat().st_mode


def test_a_complete_file_takes_no_other_place(tmp_path: Path) -> None:
    part, path = tmp_path / "part", tmp_path / "film.mp4"
    part.write_bytes(b"ours")
    path.write_bytes(b"theirs")
    with pytest.raises(ConfigError, match="is there already"):
        put_in_place(part, path)
    assert path.read_bytes() == b"theirs"
    put_in_place(part, path, replaces=True)
    assert path.read_bytes() == b"ours"
    assert not part.exists()


def test_what_cannot_be_written_is_said_with_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    require_free(tmp_path / "new" / "page.html")
    require_folder(tmp_path / "new" / "deep")
    with pytest.raises(ConfigError, match=r"^sheet: .*file is there already"):
        require_free(tmp_path / "file", "sheet")
    with pytest.raises(ConfigError, match=r"^sheet: nothing can be written to .*deep: .*file is no folder"):
        require_free(tmp_path / "file" / "deep" / "page.html", "sheet")
    with pytest.raises(ConfigError, match=r"file is no folder"):
        require_folder(tmp_path / "file")


@pytest.mark.parametrize("place", ["runs", "runs/new/deeper"])
def test_a_folder_that_may_not_be_written_to_is_named_before_anything_is_done(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runs").mkdir()
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != tmp_path / "runs")
    for ask in (require_folder, lambda folder, setting: require_free(folder / "a.png", setting)):
        with pytest.raises(ConfigError, match=r"output: nothing can be written to .* may not write to .*runs\."):
            ask(tmp_path / place, "output")
    require_folder(tmp_path, "output")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no device that is always full")
@pytest.mark.parametrize("size", [1, 100_000])  # of which the first waits in a buffer until the file is closed
def test_a_full_disk_names_the_file_and_leaves_nothing(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**settings: Any) -> IO[bytes]:
        found = named_file(**settings)
        os.dup2(os.open("/dev/full", os.O_WRONLY), found.fileno())
        return found

    named_file: Any = tempfile.NamedTemporaryFile
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)
    with pytest.raises(OSError, match="No space left") as caught, atomic_file(tmp_path / "a.json") as file:
        file.write(b"a" * size)
    assert caught.value.filename == str(tmp_path / "a.json")
    assert not list(tmp_path.iterdir())
