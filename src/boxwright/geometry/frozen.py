"""Fields of parts as values that never change, whatever they were given as."""

from typing import Any

import torch


def frozen(value: Any) -> Any:
    """Gives lists, as they come from files, as tuples, at every depth; everything else as it is.

    Args:
        value: Of a field.
    """
    return tuple(frozen(part) for part in value) if isinstance(value, list | tuple) else value


def exact_device(device: torch.device | str) -> torch.device:
    """Gives a device with its number: "cuda" is the one that is current now, and may be another one tomorrow.

    Args:
        device: As torch takes it.
    """
    device = torch.device(device)
    if device.type in ("cpu", "meta") or ":" in str(device):
        return device
    return torch.empty(0, device=device).device
