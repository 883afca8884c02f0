"""What was recorded of the mathematics holds for both implementations of the kernels."""

import pytest

from boxwright.kernels.choice import VARIABLE

MATHEMATICS = (
    "task_aligned_assigner", "yolov8_criterion", "yolov8_seg_criterion", "yolov5_criterion", "retinanet_mmdetection",
    "retinanet_torchvision", "retinanet_traps", "ssd_criterion", "ssd_against_torchvision", "geometry", "focal",
)  # fmt: skip


@pytest.fixture
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, request.param)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__.rpartition(".test_")[2] in MATHEMATICS:
        metafunc.fixturenames.append("kernels")
        metafunc.parametrize("kernels", ["sparse", "reference"], indirect=True)
