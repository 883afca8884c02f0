"""From features to predictions."""

from boxwright.models.heads.anchored import AnchoredHead
from boxwright.models.heads.centred_towers import CentredTowersHead
from boxwright.models.heads.decoupled import DecoupledHead
from boxwright.models.heads.dual import DualHead
from boxwright.models.heads.multibox import MultiBoxHead
from boxwright.models.heads.prototype_mask import PrototypeMaskHead
from boxwright.models.heads.towers import TowersHead

__all__ = [
    "AnchoredHead",
    "CentredTowersHead",
    "DecoupledHead",
    "DualHead",
    "MultiBoxHead",
    "PrototypeMaskHead",
    "TowersHead",
]
