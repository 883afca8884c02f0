"""VGG-16 with few channels inside, for tests: each layer is there, and what follows gets the channels that it expects.

The whole one has 15 million weights: to draw, to copy and to write them takes most of a test of SSD.
"""

from torchvision.models import vgg

WHOLE = tuple(vgg.cfgs["D"])
NARROW = (8, 8, "M", 16, 16, "M", 32, 32, 32, "M", 32, 32, 512, "M", 32, 32, 512, "M")


def narrow_vgg() -> None:
    """Lets every VGG-16 of this process be built so, those of torchvision too."""
    vgg.cfgs["D"] = list(NARROW)
