"""Weights that others have published, as those of boxwright's systems."""

from boxwright.systems.published.recognition import UnknownNetworkError, read_published
from boxwright.systems.published.starts import licence_of, located, starts_table

__all__ = ["UnknownNetworkError", "licence_of", "located", "read_published", "starts_table"]
