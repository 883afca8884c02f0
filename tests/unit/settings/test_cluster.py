import sys
from pathlib import Path

import pytest

from boxwright.errors import ConfigError, MissingExtraError
from boxwright.settings.cluster import (
    require_engine,
    require_installed,
    require_pictures,
    require_workforce,
    rows_folder,
)

HERE = {"engine": "local", "actors": None, "rows_per_file": None, "output": "found", "source": "photos"}
ON_RAY = {**HERE, "engine": "ray", "output": "parquet:rows"}


@pytest.mark.parametrize("name", ["actors", "rows_per_file"])
def test_a_setting_of_a_cluster_needs_one(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} is a setting of a cluster. Add --engine ray"):
        require_engine({**HERE, name: 2}, [name])


def test_rows_need_a_cluster() -> None:
    with pytest.raises(ConfigError, match=r"output: parquet:rows is written by a cluster\. Add --engine ray"):
        require_engine({**HERE, "output": "parquet:rows"}, ["output"])


@pytest.mark.parametrize(("name", "value"), [("tracker", "sort"), ("save", ["json"]), ("category_ids", [1])])
def test_what_has_no_meaning_on_a_cluster_is_refused(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=f"{name} has no meaning with --engine ray: .* Leave it out"):
        require_engine({**ON_RAY, name: value}, ["output", name])


def test_the_defaults_of_these_are_no_wish() -> None:
    require_engine({**ON_RAY, "save": ("pictures",), "tracker": None}, ["output", "source"])


@pytest.mark.parametrize("given", [["source"], ["source", "output"]])
def test_a_cluster_needs_a_place_for_rows(given: list[str]) -> None:
    with pytest.raises(ConfigError, match="Give --output parquet:DIR"):
        require_engine({**ON_RAY, "output": "runs/predict"}, given)


@pytest.mark.parametrize("output", [None, "", "rows", "parquet:"])
def test_an_output_names_its_kind_and_its_folder(output: str | None) -> None:
    with pytest.raises(ConfigError, match="Give --output parquet:DIR"):
        rows_folder(output)
    assert rows_folder("parquet:s3://bucket/rows") == "s3://bucket/rows"


@pytest.mark.parametrize("source", ["0", "rtsp://host/yard", "RTSP://host/yard", "udp://host:1"])
def test_what_is_live_is_refused(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=f"source: {source} is a camera or a stream"):
        require_pictures(source)


def test_a_folder_may_be_called_as_a_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("0").mkdir()
    for source in ("0", "photos", "s3://bucket/photos", "https://host/a.jpg"):
        require_pictures(source)


@pytest.mark.parametrize(("actors", "rows", "name"), [(0, 1, "actors"), (1, 0, "rows_per_file"), (-1, 5, "actors")])
def test_numbers_are_from_one(actors: int, rows: int, name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} is .* Give at least 1"):
        require_workforce(actors, rows)
    require_workforce(None, 1)


@pytest.mark.parametrize("package", ["ray", "pyarrow"])
def test_what_is_not_installed_is_named_with_its_command(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    require_installed()
    monkeypatch.setattr("boxwright.settings.cluster.find_spec", lambda name: None if name == package else sys)
    with pytest.raises(MissingExtraError, match=r'pip install "boxwright\[ray\]"'):
        require_engine(ON_RAY, ["output"])
