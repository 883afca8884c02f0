"""From features to predictions."""

from boxwright.models.heads.anchored import AnchoredHead
from boxwright.models.heads.decoupled import DecoupledHead

__all__ = ["AnchoredHead", "DecoupledHead"]
