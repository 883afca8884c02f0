"""Weights that others have published, as those of boxwright's systems."""

from boxwright.systems.published.recognition import read_published

__all__ = ["read_published"]
