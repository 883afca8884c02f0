from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from boxwright.systems import ModelCard, System, build_system

CANVAS = (64, 96)


@pytest.fixture(scope="session")
def model() -> tuple[System, ModelCard]:
    """An untrained network whose scores depend on the image, and are far enough apart to be in one order only."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        system = build_system("yolov8n", 2)
        for module in system.detector.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = 1.0
        with torch.no_grad():  # the norms learn what they will see
            system.detector(torch.rand(4, 3, *CANVAS))
        for name in system.detector.head.class_layers():
            layer = system.detector.head.get_submodule(name)
            torch.nn.init.normal_(layer.weight, std=layer.in_channels**-0.5)
            torch.nn.init.zeros_(layer.bias)
    card = ModelCard("yolov8n", {}, 2, ("cat", "Hörse"), (0, 1), CANVAS, {}, 1, "0")
    return system, card


def write_image(path: Path, seed: int = 0, size=(40, 60)) -> np.ndarray:
    """Writes a random PNG picture and gives its RGB pixels."""
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imencode(path.suffix, pixels[..., ::-1])[1].tofile(path)
    return pixels


def write_video(path: Path, frames: int = 5, size=(48, 64), rate: float = 10.0) -> None:
    """Writes a video of grey frames that grow lighter."""
    codec = cv2.VideoWriter.fourcc(*("MJPG" if path.suffix == ".avi" else "mp4v"))
    writer = cv2.VideoWriter(str(path), codec, rate, size[::-1])
    assert writer.isOpened()
    for number in range(frames):
        writer.write(np.full((*size, 3), 40 * number, np.uint8))
    writer.release()


@pytest.fixture
def image_file():
    return write_image


@pytest.fixture
def video_file():
    return write_video
