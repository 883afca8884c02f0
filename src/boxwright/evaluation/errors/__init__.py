"""What a model does wrong, object by object."""

from boxwright.evaluation.errors.confusion import Confusion
from boxwright.evaluation.errors.detection_error import KINDS, DetectionError
from boxwright.evaluation.errors.search import ErrorSurvey, find_errors

__all__ = ["KINDS", "Confusion", "DetectionError", "ErrorSurvey", "find_errors"]
