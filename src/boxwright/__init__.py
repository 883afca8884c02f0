"""boxwright trains object detectors and instance segmenters on your own images."""

__version__ = "0.1.0"
