"""How a variant scales the full-size network of its family."""

import math
from dataclasses import dataclass

CHANNELS_MULTIPLE = 8


@dataclass(frozen=True, slots=True)
class NetworkScale:
    """Scales depth and width of a full-size network together.

    Source: Tan and Le, "EfficientNet", 2019, section 3.3 (scaling both at once).

    Args:
        depth: Factor on the number of bottlenecks.
        width: Factor on the channels.
        max_channels: Channels are cut to this before `width` is applied.
    """

    depth: float
    width: float
    max_channels: int = 1024

    def channels(self, full: int) -> int:
        """Scales channels of the full-size network, rounded up to a multiple of 8."""
        return math.ceil(min(full, self.max_channels) * self.width / CHANNELS_MULTIPLE) * CHANNELS_MULTIPLE

    def repeats(self, full: int) -> int:
        """Scales a number of bottlenecks of the full-size network; at least 1."""
        return max(round(full * self.depth), 1)
