"""Which prediction answers for which object."""

from boxwright.assigners.assigner import Assigner, ExplainingAssigner, explain_assignment
from boxwright.assigners.bipartite import BipartiteAssigner
from boxwright.assigners.max_iou import MaxIouAssigner
from boxwright.assigners.shape_ratio import ShapeRatioAssigner
from boxwright.assigners.task_aligned import TASK_ALIGNED_DIALECTS, TaskAlignedAssigner, task_aligned_assigner

__all__ = [
    "TASK_ALIGNED_DIALECTS",
    "Assigner",
    "BipartiteAssigner",
    "ExplainingAssigner",
    "MaxIouAssigner",
    "ShapeRatioAssigner",
    "TaskAlignedAssigner",
    "explain_assignment",
    "task_aligned_assigner",
]
