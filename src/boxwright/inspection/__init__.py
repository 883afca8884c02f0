"""Seeing what a system makes of a data set: its assignment, its gaps, its losses."""

from boxwright.data.anchor_report import AnchorReport
from boxwright.inspection.anchor_reach import anchors
from boxwright.inspection.diagnosis import Advice, Diagnosis, Group, Level, SystemDiagnosis, diagnose
from boxwright.inspection.explanation import Explanation, explain
from boxwright.inspection.losses.ranking import RankedObject, rank_objects, write_ranking
from boxwright.inspection.losses.sheet import losses_sheet
from boxwright.inspection.page.command import inspect
from boxwright.inspection.page.inspected import InspectedImage, InspectedSystem
from boxwright.inspection.page.inspection import Inspection

__all__ = [
    "Advice",
    "AnchorReport",
    "Diagnosis",
    "Explanation",
    "Group",
    "InspectedImage",
    "InspectedSystem",
    "Inspection",
    "Level",
    "RankedObject",
    "SystemDiagnosis",
    "anchors",
    "diagnose",
    "explain",
    "inspect",
    "losses_sheet",
    "rank_objects",
    "write_ranking",
]
