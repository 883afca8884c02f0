from pathlib import Path

import pytest

from boxwright.errors import ConfigError
from boxwright.writing.finished_folder import require_unfinished

MADE = {
    "a training": ["config.yaml", "weights/"],
    "a measurement": ["report.json", "errors.csv"],
    "a comparison": ["benchmark.csv", "benchmark.png"],
    "an export": ["model.json"],
}


@pytest.mark.parametrize("whose", MADE)
def test_the_folder_of_another_command_is_refused(whose: str, tmp_path: Path) -> None:
    for name in MADE[whose]:
        (tmp_path / name).mkdir() if name.endswith("/") else (tmp_path / name).touch()
    with pytest.raises(ConfigError, match=rf"output: .* is the folder of {whose} \({MADE[whose][0]} lies in"):
        require_unfinished(tmp_path, "output")
    require_unfinished(tmp_path / "predict", "output")
    inner = tmp_path / "weights"
    if whose == "a training":
        with pytest.raises(ConfigError, match="is the folder of a training"):
            require_unfinished(inner, "output")


def test_other_folders_are_taken(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").touch()  # anybody may have one
    (tmp_path / "a.jpg").touch()
    require_unfinished(tmp_path, "output")
    require_unfinished(tmp_path / "new", "output")
    require_unfinished(tmp_path / "weights", "output")
