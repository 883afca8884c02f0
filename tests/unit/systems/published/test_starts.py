"""Weights that are named are fetched, known and read; nothing here needs the network."""

from pathlib import Path

import pytest
import torch
from tests.unit.systems.published.recorded import recorded_state
from torchvision.models import get_model_weights

import boxwright.systems.published.starts as starts
from boxwright.errors import ConfigError, DataError
from boxwright.models.download import file_sha256
from boxwright.settings.catalog import OPTIONS_OF_SYSTEMS
from boxwright.systems import build_system, load_model, save_model
from boxwright.systems.published.starts import STARTS, NamedStart, located, starts_table


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    return tmp_path / "checkpoints"


@pytest.mark.parametrize("name", STARTS)
def test_the_table_says_what_torchvision_says(name: str) -> None:
    start = STARTS[name]
    published = {weights.url: weights for weights in get_model_weights(name.partition(":")[2])}
    assert start.address in published
    assert f"-{start.digest}." in start.address
    assert len(start.digest) == 8
    assert start.system in OPTIONS_OF_SYSTEMS
    if start.ap is not None:
        assert published[start.address].meta["_metrics"]["COCO-val2017"]["box_map"] == start.ap
        build_system(start.system, 1, dialect=start.dialect)


def test_a_file_that_is_there_is_read_and_its_source_is_said(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.mkdir()
    torch.save(recorded_state("retinanet_resnet50_fpn"), cache / "r.pth")
    digest = file_sha256(cache / "r.pth")[:8]
    start = NamedStart("r.pth", digest, "retinanet_r50", "COCO train2017", 36.4, "torchvision")
    monkeypatch.setitem(starts.STARTS, "torchvision:retinanet_resnet50_fpn", start)
    system, card = load_model("torchvision:retinanet_resnet50_fpn")
    assert system.name == "retinanet_r50"
    assert card.provenance["name"] == "torchvision:retinanet_resnet50_fpn"
    assert card.provenance["source"] == "torchvision, COCO train2017"
    assert card.licence == "BSD-3-Clause"
    assert card.options["dialect"] == start.dialect
    row = next(line for line in starts_table().splitlines() if "retinanet_resnet50_fpn " in line)
    assert row.split() == [
        *("torchvision:retinanet_resnet50_fpn", "retinanet_r50", "torchvision", "COCO", "train2017", "36.4"),
        *("BSD-3-Clause", "yes", "r.pth"),
    ]
    (cache / "r.pth").write_bytes(b"cut short")
    assert "another" in next(line for line in starts_table().splitlines() if "retinanet_resnet50_fpn " in line)


def test_without_a_connection_the_file_its_digest_and_its_place_are_named(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starts, "_HOST", "http://127.0.0.1:1/")
    with pytest.raises(
        DataError, match=r"ssd300_vgg16_coco-b556d3b4\.pth: .*SHA-256 begins with b556d3b4.*put it at .*ch"
    ):
        located("torchvision:ssd300_vgg16")


def test_a_name_that_is_none_has_a_nearest() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'torchvision:ssd300_vgg16'"):
        located("torchvision:ssd300")


def test_a_path_is_a_path() -> None:
    assert located("runs/train") == (Path("runs/train"), {})
    assert located(Path("w.pt")) == (Path("w.pt"), {})


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("hf:owner/name", ("owner/name", "best.safetensors", None)),
        ("hf:owner/name@abc123", ("owner/name", "best.safetensors", "abc123")),
        ("hf:owner/na.me-x@v1.0/sub/m.safetensors", ("owner/na.me-x", "sub/m.safetensors", "v1.0")),
        ("hf:owner/name/m.safetensors", ("owner/name", "m.safetensors", None)),
    ],
)
def test_a_model_of_a_hub(
    name: str, asked: tuple[str, str, str | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def fetch(repository: str, file: str, revision: str | None) -> str:
        calls.append((repository, file, revision))
        path = tmp_path / "snapshots" / "c0ffee" / file
        save_model(path, build_system("yolov8n", 1), categories=["a"], canvas_size=(64, 64), config={})
        return str(path)

    monkeypatch.setattr("huggingface_hub.hf_hub_download", fetch)
    _, card = load_model(name)
    assert calls == [asked]
    assert card.provenance == {"name": name, "revision": "c0ffee"}


@pytest.mark.parametrize(
    "name",
    ["hf:owner/name@v1/m.pt", "hf:owner", "hf:", "hf:a/b/c.pkl", "hf:a/b/../c.safetensors", "hf:a/b@/x.safetensors"],
)
def test_nothing_but_safetensors_is_read_from_a_hub(name: str) -> None:
    with pytest.raises(ConfigError, match="is no safetensors file of a hub"):
        located(name)


def test_a_hub_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> str:
        raise OSError("no connection\nadvice")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", fail)
    with pytest.raises(
        DataError, match=r"Cannot fetch best\.safetensors of a/b, revision main: no connection Check name"
    ):
        located("hf:a/b")
