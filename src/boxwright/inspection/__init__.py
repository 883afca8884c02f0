"""Seeing what a system makes of a data set: its assignment, its gaps, its losses."""

from boxwright.inspection.diagnosis import Advice, Diagnosis, Group, Level, SystemDiagnosis, diagnose
from boxwright.inspection.explain import Explanation, explain
from boxwright.inspection.inspect import inspect
from boxwright.inspection.inspected import InspectedImage, InspectedSystem
from boxwright.inspection.inspection import Inspection
from boxwright.inspection.losses_sheet import losses_sheet
from boxwright.inspection.object_losses import RankedObject, rank_objects, write_ranking

__all__ = [
    "Advice",
    "Diagnosis",
    "Explanation",
    "Group",
    "InspectedImage",
    "InspectedSystem",
    "Inspection",
    "Level",
    "RankedObject",
    "SystemDiagnosis",
    "diagnose",
    "explain",
    "inspect",
    "losses_sheet",
    "rank_objects",
    "write_ranking",
]
