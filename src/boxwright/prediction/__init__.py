"""Running a trained model over images and videos."""

from boxwright.prediction.command import predict
from boxwright.prediction.frames import Frame, Video, read_frames
from boxwright.prediction.outputs import CocoResultOutput, Output, PictureOutput
from boxwright.prediction.predictor import Predictor
from boxwright.prediction.sources import expand_source

__all__ = [
    "CocoResultOutput",
    "Frame",
    "Output",
    "PictureOutput",
    "Predictor",
    "Video",
    "expand_source",
    "predict",
    "read_frames",
]
