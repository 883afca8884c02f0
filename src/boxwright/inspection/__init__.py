"""Seeing what a system makes of a data set: its assignment, its gaps, its losses."""

from boxwright.inspection.diagnosis import Advice, Diagnosis, Group, Level, SystemDiagnosis, diagnose

__all__ = ["Advice", "Diagnosis", "Group", "Level", "SystemDiagnosis", "diagnose"]
