"""Running a trained model over images and videos."""

from boxwright.prediction.command import predict
from boxwright.prediction.frames import Frame, Video, read_frames
from boxwright.prediction.model import Model, load
from boxwright.prediction.outputs import CocoResultOutput, Output, PictureOutput
from boxwright.prediction.predictor import Predictor
from boxwright.prediction.result import Result
from boxwright.prediction.results import Results
from boxwright.prediction.row_predictor import RowPredictor
from boxwright.prediction.sources import expand_source

__all__ = [
    "CocoResultOutput",
    "Frame",
    "Model",
    "Output",
    "PictureOutput",
    "Predictor",
    "Result",
    "Results",
    "RowPredictor",
    "Video",
    "expand_source",
    "load",
    "predict",
    "read_frames",
]
