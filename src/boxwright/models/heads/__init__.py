"""From features to predictions."""

from boxwright.models.heads.anchored import AnchoredHead
from boxwright.models.heads.decoupled import DecoupledHead
from boxwright.models.heads.multibox import MultiBoxHead
from boxwright.models.heads.shared_towers import SharedTowersHead

__all__ = ["AnchoredHead", "DecoupledHead", "MultiBoxHead", "SharedTowersHead"]
