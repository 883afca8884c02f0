import importlib.util
import socket
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest
import torch

from boxwright.data import open_dataset, training_loader
from boxwright.data.shards.shard_cache import FOLDER, GIGABYTES
from boxwright.errors import ConfigError, DataError, MissingExtraError
from boxwright.settings.augmentation import AugmentationSettings

ASKED: list[str] = []


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        """Notes what is fetched."""
        ASKED.append(self.path)
        super().do_GET()


@pytest.fixture
def server(packed: Path) -> Iterator[str]:
    """Serves the packed data."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(packed))) as serving:
        thread = threading.Thread(target=serving.serve_forever, daemon=True)
        thread.start()
        ASKED.clear()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv(FOLDER, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def memory(packed: Path) -> Iterator[str]:
    """The packed data in a store in memory."""
    files = fsspec.filesystem("memory")
    for path in packed.rglob("*.*"):
        files.pipe(f"/bucket/{path.relative_to(packed).as_posix()}", path.read_bytes())
    yield "memory://bucket"
    files.rm("/bucket", recursive=True)


def _shards(asked: list[str]) -> list[str]:
    return sorted(name for name in asked if name.endswith(".tar"))


def test_batches_over_http_are_those_of_the_folder(server: str, packed: Path) -> None:
    """In two worker processes, which fetch each shard of the window once."""
    loaders = [
        training_loader(
            open_dataset(f"shards:{place}", "train"),
            (32, 32),
            2,
            AugmentationSettings(mosaic=0.5),
            epochs=50,
            workers=workers,
            shard_window=2,
        )
        for place, workers in ((packed, 0), (server, 2))
    ]
    for one, other in zip(*loaders, strict=True):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.targets.boxes, other.targets.boxes)
    assert _shards(ASKED) == [f"/train/train-{number:06d}.tar" for number in range(5)]
    again = open_dataset(f"shards:{server}", "train")
    assert torch.equal(again[3].image, open_dataset(f"shards:{packed}", "train")[3].image)
    assert len(_shards(ASKED)) == 5  # what is kept is not fetched again


def test_a_small_cache_is_kept_small(memory: str, packed: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = sorted(path.stat().st_size for path in packed.glob("train/*.tar"))
    monkeypatch.setenv(GIGABYTES, str(2.5 * sizes[-1] / 1e9))
    dataset, local = (open_dataset(f"shards:{place}", "train") for place in (memory, packed))
    for position in (0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 8):
        assert torch.equal(dataset[position].image, local[position].image)
        assert sum(path.stat().st_size for path in cache.rglob("*.tar")) <= 2.5 * sizes[-1]
    with pytest.raises(ConfigError, match="5 shards are read at a time, and the disk cache keeps 2"):
        training_loader(dataset, (32, 32), 2)
    assert len(list(training_loader(dataset, (32, 32), 3, shard_window=1))) == 3


def test_another_file_than_was_packed_is_refused(memory: str) -> None:
    files = fsspec.filesystem("memory")
    content = bytearray(files.cat_file("/bucket/val/val-000000.tar"))
    content[700] ^= 1
    files.pipe("/bucket/val/val-000000.tar", bytes(content))
    dataset = open_dataset(f"shards:{memory}", "val")
    with pytest.raises(DataError, match=r"memory://bucket/val/val-000000\.tar is not the file that was packed"):
        dataset[0]
    files.pipe("/bucket/val/val-000000.tar", bytes(content[:-1]))
    with pytest.raises(DataError, match=r"val-000000\.tar has [\d,]+ bytes in place of [\d,]+\. Copy it again"):
        open_dataset(f"shards:{memory}", "val")
    files.rm("/bucket/train/columns/boxes.npy")
    with pytest.raises(DataError, match=r"columns/boxes\.npy is not there"):
        open_dataset(f"shards:{memory}", "train")


def test_what_cannot_be_reached_says_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/data"
        with pytest.raises(DataError, match=f"{address}/index.json cannot be read .*Check the network"):
            open_dataset(f"shards:{address}", "train")
    with pytest.raises(DataError, match=r"memory://nothing holds no packed data: index\.json cannot be read"):
        open_dataset("shards:memory://nothing", "train")
    with pytest.raises(ConfigError, match=r"'scp' is no protocol that fsspec knows"):
        open_dataset("shards:scp://host/data", "train")


@pytest.mark.skipif(importlib.util.find_spec("s3fs") is not None, reason="s3fs is installed")
def test_a_package_that_lacks_is_named() -> None:
    with pytest.raises(MissingExtraError, match=r"needs the package s3fs, .* pip install s3fs"):
        open_dataset("shards:s3://bucket/data", "train")


def test_an_address_of_files_is_a_folder(packed: Path) -> None:
    assert len(open_dataset(f"shards:file://{packed}", "train")) == 9
    with pytest.raises(DataError, match=r"There is no folder .*nothing of packed data"):
        open_dataset("shards:nothing", "train")


def test_the_bound_is_a_number(memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(GIGABYTES, "much")
    with pytest.raises(ConfigError, match=f"{GIGABYTES} must be a number over 0; found 'much'"):
        open_dataset(f"shards:{memory}", "train")
