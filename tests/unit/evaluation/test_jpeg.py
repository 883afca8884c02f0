"""Pictures keep their colours and are shrunk only where they are too large."""

import cv2
import numpy as np
import pytest
import torch

from boxwright.evaluation.jpeg import jpeg


def _decoded(content: bytes) -> np.ndarray:
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


@pytest.mark.parametrize(
    ("size", "side", "wanted"),
    [((30, 40), 40, (30, 40)), ((30, 40), 20, (15, 20)), ((400, 3), 100, (100, 1)), ((8, 8), 100, (8, 8))],
)
def test_size(size: tuple[int, int], side: int, wanted: tuple[int, int]) -> None:
    assert _decoded(jpeg(torch.zeros(3, *size, dtype=torch.uint8), side)).shape == (*wanted, 3)


def test_red_stays_red() -> None:
    image = torch.zeros(3, 16, 16, dtype=torch.uint8)
    image[0] = 200
    found = _decoded(jpeg(image, 16)).reshape(-1, 3).mean(axis=0)
    np.testing.assert_allclose(found, [200, 0, 0], atol=4)
