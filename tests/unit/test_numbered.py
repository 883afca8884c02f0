from pathlib import Path

from boxwright.numbered import first_free, new_folder


def test_the_first_free_name(tmp_path: Path) -> None:
    path = tmp_path / "a.b.jpg"
    assert first_free(path) == path
    for name in ("a.b.jpg", "a.b-2.jpg"):
        (tmp_path / name).touch()
    (tmp_path / "a.b-3.jpg").symlink_to(tmp_path / "nowhere")
    assert first_free(path) == tmp_path / "a.b-4.jpg"
    assert first_free(path, lambda name: name.name != "a.b-9.jpg") == tmp_path / "a.b-9.jpg"


def test_a_new_folder(tmp_path: Path) -> None:
    assert new_folder(tmp_path / "runs" / "predict") == tmp_path / "runs" / "predict"
    (tmp_path / "v1.0").mkdir()
    assert new_folder(tmp_path / "v1.0") == tmp_path / "v1.0"
    (tmp_path / "v1.0" / "file").touch()
    (tmp_path / "v1.0-2").touch()
    assert new_folder(tmp_path / "v1.0") == tmp_path / "v1.0-3"
