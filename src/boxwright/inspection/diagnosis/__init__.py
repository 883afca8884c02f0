"""Which objects of a data set would be learned, under which system, and what would help the others."""

from boxwright.inspection.diagnosis.advice import Advice
from boxwright.inspection.diagnosis.diagnose import diagnose
from boxwright.inspection.diagnosis.grouping import Group, Level
from boxwright.inspection.diagnosis.report import Diagnosis
from boxwright.inspection.diagnosis.system_diagnosis import SystemDiagnosis

__all__ = ["Advice", "Diagnosis", "Group", "Level", "SystemDiagnosis", "diagnose"]
