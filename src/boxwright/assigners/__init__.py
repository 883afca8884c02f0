"""Which prediction answers for which object."""

from boxwright.assigners.assigner import Assigner, ExplainingAssigner, explain_assignment
from boxwright.assigners.atss import AtssAssigner
from boxwright.assigners.bipartite import BipartiteAssigner
from boxwright.assigners.fcos import FcosAssigner
from boxwright.assigners.hungarian import HungarianAssigner
from boxwright.assigners.max_iou import MaxIouAssigner
from boxwright.assigners.shape_ratio import ShapeRatioAssigner
from boxwright.assigners.sim_ota import SimOtaAssigner
from boxwright.assigners.task_aligned import TASK_ALIGNED_DIALECTS, TaskAlignedAssigner, task_aligned_assigner

__all__ = [
    "TASK_ALIGNED_DIALECTS",
    "Assigner",
    "AtssAssigner",
    "BipartiteAssigner",
    "ExplainingAssigner",
    "FcosAssigner",
    "HungarianAssigner",
    "MaxIouAssigner",
    "ShapeRatioAssigner",
    "SimOtaAssigner",
    "TaskAlignedAssigner",
    "explain_assignment",
    "task_aligned_assigner",
]
