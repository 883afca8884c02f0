"""From features to predictions."""

from boxwright.models.heads.anchored import AnchoredHead
from boxwright.models.heads.decoupled import DecoupledHead
from boxwright.models.heads.prototype_mask import PrototypeMaskHead

__all__ = ["AnchoredHead", "DecoupledHead", "PrototypeMaskHead"]
