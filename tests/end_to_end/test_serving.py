"""The server of the page about serving answers with what the model finds."""

import base64
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from boxwright import export, predict
from boxwright.systems import build_system, save_model

PAGE = Path(__file__).parents[2] / "docs" / "serving.md"
THRESHOLD, LONGEST = 0.25, 120.0


def _server_file() -> str:
    """Takes the first Python block of the page."""
    found = re.search(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None
    assert "LitServer" in found[1]
    return found[1]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports a detector that finds something in every image."""
    folder = tmp_path_factory.mktemp("served")
    torch.manual_seed(0)
    system = build_system("yolov8n", 2)
    for layer in system.detector.head.class_layers():
        torch.nn.init.zeros_(system.detector.head.get_submodule(layer).bias)
    save_model(folder / "m.safetensors", system, categories=("a", "b"), canvas_size=(64, 64), config={})
    return export(folder / "m.safetensors", output=folder / "detector", check=None).folder


@pytest.fixture(scope="module")
def address(exported: Path) -> Iterator[str]:
    """Runs the server in a process group of its own, which ends with the test."""
    (exported.parent / "server.py").write_text(_server_file())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "server.py", str(exported), str(port)]
    with (exported.parent / "server.log").open("w") as log:
        server = subprocess.Popen(words, cwd=exported.parent, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait(f"http://127.0.0.1:{port}/health", server, exported.parent / "server.log")
        yield f"http://127.0.0.1:{port}/predict"
    finally:
        os.killpg(server.pid, 9)
        server.wait()


def _wait(health: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + LONGEST
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(health) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the server does not answer:\n{log.read_text()}")


def _ask(address: str, **body: object) -> dict[str, object]:
    request = urllib.request.Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_the_file_is_short() -> None:
    assert len(_server_file().splitlines()) < 40
    assert "boxwright" not in _server_file()
    assert "torch" not in _server_file()


def test_it_answers_with_what_the_model_finds(address: str, exported: Path, tiny_data: Path) -> None:
    picture = min((tiny_data / "val").glob("*.png"))
    (wanted,) = predict(exported, [picture], score_threshold=THRESHOLD, device="cpu")
    found = _ask(address, image=base64.b64encode(picture.read_bytes()).decode())["found"]
    assert len(found) == len(wanted) > 0
    boxes, scores = (torch.tensor([one[name] for one in found]) for name in ("box", "score"))
    torch.testing.assert_close(boxes, wanted.boxes, rtol=0, atol=0.05)
    torch.testing.assert_close(scores, wanted.scores, rtol=0, atol=1e-4)
    assert [one["category"] for one in found] == ["ab"[label] for label in wanted.labels.tolist()]


@pytest.mark.parametrize("body", [{}, {"image": "%%%"}, {"image": 3}, {"image": base64.b64encode(b"text").decode()}])
def test_what_is_no_picture_is_an_error_of_the_asker(address: str, body: dict[str, object]) -> None:
    with pytest.raises(urllib.error.HTTPError) as raised:
        _ask(address, **body)
    assert raised.value.code == 400
    assert "has to be a picture in base64" in raised.value.read().decode()
