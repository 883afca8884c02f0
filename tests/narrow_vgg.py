"""VGG-16 with few channels inside: every layer is there, and what follows gets as many channels as it expects."""

from torchvision.models import vgg

NARROW = (8, 8, "M", 16, 16, "M", 32, 32, 32, "M", 32, 32, 512, "M", 32, 32, 512, "M")


def narrow_vgg() -> None:
    """Lets a process that only trains or exports build it so: the whole one has 15 million weights for a few pixels."""
    vgg.cfgs["D"] = list(NARROW)
