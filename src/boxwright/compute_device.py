"""The device that a network computes on."""

import torch

from boxwright.errors import ConfigError


def pick_device(name: str | torch.device) -> torch.device:
    """Chooses a device.

    Args:
        name: "auto" for the first GPU where there is one, else the CPU; or what torch calls it, such as cpu, cuda or
            cuda:1.

    Raises:
        ConfigError: The device does not exist here, or cannot compute.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", 0)
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0].rstrip(". ")
        cure = f"A GPU is called cuda:{name}" if str(name).isdecimal() else "Try cpu or auto"
        raise ConfigError(f"device: {str(name)!r} cannot be used here ({reason}). {cure}.") from error
    return device
