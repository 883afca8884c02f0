"""Measuring detections against the truth, and showing both."""

from boxwright.evaluation.coco_evaluator import CocoEvaluator
from boxwright.evaluation.command import evaluate
from boxwright.evaluation.curves import precision_recall_figure
from boxwright.evaluation.measurement import Measurement, measure
from boxwright.evaluation.measurement_files import write_measurement
from boxwright.evaluation.picture_file import write_picture
from boxwright.evaluation.pictures import draw_detections, draw_truth
from boxwright.evaluation.report import ClassReport, Report
from boxwright.evaluation.sheet import Example, validation_sheet

__all__ = [
    "ClassReport",
    "CocoEvaluator",
    "Example",
    "Measurement",
    "Report",
    "draw_detections",
    "draw_truth",
    "evaluate",
    "measure",
    "precision_recall_figure",
    "validation_sheet",
    "write_measurement",
    "write_picture",
]
