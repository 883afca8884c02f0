"""From features to predictions."""

from boxwright.models.heads.decoupled import DecoupledHead

__all__ = ["DecoupledHead"]
