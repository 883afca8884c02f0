import hashlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from boxwright.errors import ConfigError, DataError
from boxwright.models.download import download

CONTENT = bytes(range(256)) * 9000  # more than two chunks
CHECKSUM = hashlib.sha256(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    requests: list[str]

    def do_GET(self) -> None:
        self.requests.append(self.path)
        if self.path == "/absent.pt":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[:1000] if self.path == "/short.pt" else CONTENT)

    def log_message(self, format: str, *arguments: object) -> None:
        """Keeps quiet."""


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    monkeypatch.setattr(Handler, "requests", seen, raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return seen


@pytest.fixture
def server(requests: list[str]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


def test_a_file_is_fetched_once(server: str, requests: list[str], tmp_path: Path) -> None:
    first = download(f"{server}/model.pt?version=1", CHECKSUM, tmp_path / "cache")
    assert first == tmp_path / "cache" / "model.pt"
    assert first.read_bytes() == CONTENT
    assert download(f"{server}/model.pt", CHECKSUM.upper(), tmp_path / "cache") == first
    assert requests == ["/model.pt?version=1"]


def test_the_first_digits_of_a_checksum_will_do(server: str, requests: list[str], tmp_path: Path) -> None:
    """No more are published of some files."""
    for _ in range(2):
        assert download(f"{server}/model.pt", CHECKSUM[:8], tmp_path).read_bytes() == CONTENT
    assert requests == ["/model.pt"]
    with pytest.raises(DataError, match="expected 00000000"):
        download(f"{server}/model.pt", "0" * 8, tmp_path)
    with pytest.raises(DataError, match=rf"whose SHA-256 begins with {CHECKSUM[:8]}, on another machine"):
        download(f"{server}/absent.pt", CHECKSUM[:8], tmp_path)


def test_a_damaged_file_in_the_cache_is_replaced(server: str, requests: list[str], tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(b"damaged")
    assert download(f"{server}/model.pt", CHECKSUM, tmp_path).read_bytes() == CONTENT
    assert requests == ["/model.pt"]


@pytest.mark.parametrize(("name", "checksum"), [("model.pt", "0" * 64), ("short.pt", CHECKSUM)])
def test_another_file_than_promised_is_not_kept(server: str, name: str, checksum: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=rf"{name} sent \d+ bytes with SHA-256 .*, expected {checksum}.*try again"):
        download(f"{server}/{name}", checksum, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_of_the_server_is_told(server: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"absent\.pt: the server answered 404 Not Found\..*put it at .*absent\.pt"):
        download(f"{server}/absent.pt", CHECKSUM, tmp_path)


def test_without_a_connection_the_message_says_where_to_put_the_file(requests: list[str], tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, but nobody listens
        port = closed.getsockname()[1]
        with pytest.raises(DataError, match=rf"127\.0\.0\.1:{port}/model\.pt: .*refused.*put it at"):
            download(f"http://127.0.0.1:{port}/model.pt", CHECKSUM, tmp_path)
        assert list(tmp_path.iterdir()) == []
        (tmp_path / "model.pt").write_bytes(b"cut short")
        with pytest.raises(DataError, match=r"put it at .*What is there is another file, of SHA-256 [0-9a-f]{64}\."):
            download(f"http://127.0.0.1:{port}/model.pt", CHECKSUM, tmp_path)


@pytest.mark.parametrize("url", ["ftp://host/model.pt", "model.pt", "https://host/", "file:///etc/passwd"])
def test_an_address_must_be_one(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="http or https address that ends in a file name"):
        download(url, CHECKSUM, tmp_path)


def test_a_checksum_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="64 hexadecimal digits"):
        download("https://host/model.pt", CHECKSUM[:7], tmp_path)
