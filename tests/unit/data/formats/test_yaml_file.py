from pathlib import Path

import pytest

from boxwright.data.formats.yaml_file import read_yaml
from boxwright.errors import DataError


def test_plain_values(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("names: {0: ä}\n", encoding="utf-8")
    assert read_yaml(tmp_path / "a.yaml") == {"names": {0: "ä"}}


@pytest.mark.parametrize(
    "text", ["a: [", "!!python/object/apply:os.getcwd []", "!!python/name:os.system", "a: 2024-99-99"]
)
def test_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(DataError, match=r"a\.yaml cannot be read as YAML"):
        read_yaml(tmp_path / "a.yaml")


def test_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_yaml(tmp_path / "a.yaml")
