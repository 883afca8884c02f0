"""Which objects of a data set would be learned, under which system, and what would help the others."""

from boxwright.inspection.diagnosis.advice.advice import Advice
from boxwright.inspection.diagnosis.command import diagnose
from boxwright.inspection.diagnosis.report.diagnosis import Diagnosis
from boxwright.inspection.diagnosis.survey.groups import Group, Level
from boxwright.inspection.diagnosis.survey.system_diagnosis import SystemDiagnosis

__all__ = ["Advice", "Diagnosis", "Group", "Level", "SystemDiagnosis", "diagnose"]
