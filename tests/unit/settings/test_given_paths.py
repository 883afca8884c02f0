from pathlib import Path

import pytest

from boxwright.errors import DataError
from boxwright.settings.given_paths import require_data, require_model, require_source


@pytest.mark.parametrize(
    "name", ["torchvision:ssd300_vgg16", "hf:owner/name", "run", "m.safetensors", "old.safetensors"]
)
def test_models_that_may_be_there_pass(name: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("run").mkdir()
    Path("m.safetensors").touch()
    Path("old.pt").touch()
    require_model(name)


def test_what_is_not_there_is_named(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"There is no model file lost\.pt\. Give a run directory"):
        require_model("lost.pt")
    with pytest.raises(DataError, match=r"lost\. Give a data folder"):
        require_data("lost")
    with pytest.raises(DataError, match=r"There is no file or folder lost\.jpg\. Correct the path"):
        require_source("lost.jpg")
    require_data("sample:bccd")
    require_data("voc:lost")  # which the reader looks up
    for source in ("0", "rtsp://host/a", "*.jpg", "."):
        require_source(source)
