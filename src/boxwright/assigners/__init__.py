"""Which prediction answers for which object."""

from boxwright.assigners.assigner import Assigner
from boxwright.assigners.shape_ratio import ShapeRatioAssigner
from boxwright.assigners.task_aligned import TASK_ALIGNED_DIALECTS, TaskAlignedAssigner, task_aligned_assigner

__all__ = ["TASK_ALIGNED_DIALECTS", "Assigner", "ShapeRatioAssigner", "TaskAlignedAssigner", "task_aligned_assigner"]
