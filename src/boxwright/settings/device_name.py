"""Names of devices, as far as they can be told without torch."""

import re

from boxwright.errors import ConfigError

_NAME = re.compile(r"(auto|cpu|mps|(cuda|xpu|hpu|mtia|xla|npu|privateuseone)(:\d+)?)")


def require_device_name(name: str) -> str:
    """Gives the name of a device, if it is one; whether the device is there is seen when it is used.

    Args:
        name: As it was asked for.

    Raises:
        ConfigError: It is no name of a device.
    """
    if _NAME.fullmatch(name):
        return name
    number = re.fullmatch(r"(?:gpu:?)?(\d*)", name)
    cure = f"Did you mean cuda:{number[1] or 0}?" if number and name else "Try cpu or auto."
    raise ConfigError(f"device: {name!r} is no device. {cure} Valid: auto, cpu, cuda, cuda:1, mps.")
