"""What a bug report needs to know about the machine."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version

import torch

from boxwright.compute_device import pick_device
from boxwright.kernels.choice import LARGEST, VARIABLE, graphs_after, takes_reference, wished

PACKAGES = ("torch", "torchvision", "lightning", "timm", "numpy", "faster-coco-eval", "opencv-python-headless")


def doctor() -> str:
    """Tells the versions, the devices, and which implementation of its operations each of them runs.

    Returns:
        Lines of text; a bug report should have them.

    Raises:
        ConfigError: The environment variable that chooses kernels says something unknown.
    """
    lines = [
        f"boxwright {_version('boxwright')}, Python {platform.python_version()}, {platform.platform()}",
        ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
        f"threads: {torch.get_num_threads()} of {os.cpu_count()} cores",
        f"device auto: {pick_device('auto')}",
        f"{VARIABLE}: {wished()}",
    ]
    for device, name in _devices():
        small, large = (_path(device, numbers) for numbers in (1, LARGEST + 1))
        rule = f"{small}, {large} where an array would have over {LARGEST:,} numbers" if small != large else small
        lines.append(f"{device}: {name}; kernels: {rule}")
    return "\n".join(lines)


def _devices() -> list[tuple[torch.device, str]]:
    found = [(torch.device("cpu"), platform.processor() or platform.machine())]
    for number in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
        found.append((torch.device("cuda", number), torch.cuda.get_device_name(number)))
    if torch.backends.mps.is_available():
        found.append((torch.device("mps"), "Apple GPU"))
    return found


def _path(device: torch.device, numbers: int) -> str:
    if not takes_reference(device, numbers):
        return "sparse"
    after = graphs_after(device)
    if after is not None:
        return f"compiled reference, after {after} calls" if after else "compiled reference"
    is_missing = wished() == "auto" and device.type == "cuda"
    return "reference (not compiled: triton is missing)" if is_missing else "reference"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"
