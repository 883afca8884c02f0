import pytest

from boxwright.errors import ConfigError
from boxwright.prediction.source_folders import SourceFolders, require_apart
from boxwright.prediction.sources import SourceFile


def test_a_folder_is_known_by_all_its_names(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "a.jpg").touch()
    folders = SourceFolders()
    folders.include(tmp_path / "link" / "a.jpg")
    for name in ("in", "link", "in/../link", "in/new/..", "link/new/..", "new/../in"):
        with pytest.raises(ConfigError, match="is a folder of the source"):
            folders.require_apart(tmp_path / name)
    for name in ("in/found", "link/found", "."):
        folders.require_apart(tmp_path / name)


def test_subfolders_of_the_output_count(tmp_path):
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    file = SourceFile(tmp_path / "in" / "sub" / "a.jpg", "sub/a.jpg")
    require_apart(tmp_path / "out", [file])
    (tmp_path / "out" / "sub").symlink_to(tmp_path / "in" / "sub")
    with pytest.raises(ConfigError, match="must not lie among the originals"):
        require_apart(tmp_path / "out", [file])
