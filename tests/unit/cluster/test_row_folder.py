from pathlib import Path

import fsspec
import pytest

from boxwright.cluster.row_folder import row_folder
from boxwright.errors import ConfigError


@pytest.mark.parametrize("is_address", [False, True])
def test_files_are_written_once(is_address: bool, tmp_path: Path) -> None:
    fsspec.filesystem("memory").store.clear()
    folder = row_folder("memory://rows/of" if is_address else str(tmp_path / "rows" / "of"))
    assert folder.names() == []
    folder.write("a.parquet", b"1")
    folder.write("b.parquet", b"2")
    assert folder.names() == ["a.parquet", "b.parquet"]
    with folder.open("b.parquet") as file:
        assert file.read() == b"2"
    with pytest.raises(ConfigError, match=r"a\.parquet is there already"):
        folder.write("a.parquet", b"3")


def test_what_cannot_be_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"output: .*file is no folder"):
        row_folder(str(tmp_path / "file" / "rows"))
    (tmp_path / "weights").mkdir()
    (tmp_path / "config.yaml").touch()
    with pytest.raises(ConfigError, match="is the folder of a training"):
        row_folder(str(tmp_path))
