from pathlib import Path

from boxwright.writing.numbered import FreeNames, new_folder


def names(folder: Path, *wanted: str) -> list[str]:
    free = FreeNames()
    return [free.give(folder / name).relative_to(folder).as_posix() for name in wanted]


def test_every_name_is_given_once(tmp_path: Path) -> None:
    assert names(tmp_path, "a.jpg", "a.jpg", "a-2.jpg", "a.jpg", "b/a.jpg", "a.png") == [
        "a.jpg",
        "a-2.jpg",
        "a-2-2.jpg",
        "a-3.jpg",
        "b/a.jpg",
        "a.png",
    ]


def test_what_is_there_is_taken(tmp_path: Path) -> None:
    for name in ("a.b.jpg", "a.b-2.jpg"):
        (tmp_path / name).touch()
    (tmp_path / "a.b-3.jpg").symlink_to(tmp_path / "nowhere")
    assert names(tmp_path, "a.b.jpg", "a.b.jpg") == ["a.b-4.jpg", "a.b-5.jpg"]


def test_names_that_are_one_on_other_disks(tmp_path: Path) -> None:
    assert names(tmp_path, "A.jpg", "a.JPG", "é.jpg", "e\u0301.jpg") == ["A.jpg", "a-2.JPG", "é.jpg", "e\u0301-2.jpg"]


def test_many_of_one_name_are_not_searched_through(tmp_path: Path, monkeypatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr("os.path.lexists", lambda path: asked.append(path))
    assert names(tmp_path, *["a.jpg"] * 1000)[-1] == "a-1000.jpg"
    assert len(asked) == 1000


def test_a_new_folder(tmp_path: Path) -> None:
    assert new_folder(tmp_path / "runs" / "predict") == tmp_path / "runs" / "predict"
    (tmp_path / "v1.0").mkdir()
    assert new_folder(tmp_path / "v1.0") == tmp_path / "v1.0"
    (tmp_path / "v1.0" / "file").touch()
    (tmp_path / "v1.0-2").touch()
    assert new_folder(tmp_path / "v1.0") == tmp_path / "v1.0-3"
