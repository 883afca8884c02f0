"""Finds objects in a table of Spark; without Spark, in frames of pandas as Spark hands them out.

With Spark: frames = spark.read.format("binaryFile").load("s3://bucket/photos").select("path", "content")
            frames.mapInPandas(finder(RowPredictor("/shared/best.safetensors")), schema=SCHEMA).write.parquet(…)
"""

import pickle
from collections.abc import Callable, Iterable, Iterator

import cv2
import numpy
import pandas

from boxwright.prediction import RowPredictor
from boxwright.systems import build_system, save_model

SCHEMA = (
    "path string, error string, height int, width int, boxes array<array<float>>, scores array<float>, "
    "labels array<int>, classes array<string>, masks array<struct<size: array<int>, counts: string>>"
)
NAMES = [column.split()[0] for column in SCHEMA.split(", ") if not column.startswith("counts")]
WHOLE = ("height", "width")  # columns of numbers that may be lacking, which pandas would make floats of


def finder(predictor: RowPredictor) -> Callable[[Iterable[pandas.DataFrame]], Iterator[pandas.DataFrame]]:
    """Gives what `mapInPandas` takes: from frames with `path` and `content` to frames of rows."""

    def find(frames: Iterable[pandas.DataFrame]) -> Iterator[pandas.DataFrame]:
        for frame in frames:
            rows = predictor(frame["content"].tolist(), frame["path"].tolist())
            yield pandas.DataFrame(rows, columns=NAMES).astype(dict.fromkeys(WHOLE, "Int32"))

    return find


if __name__ == "__main__":
    system = build_system("yolov8n", num_classes=2)  # untrained, so that this runs; take the model of a run
    save_model("best.safetensors", system, categories=("cell", "platelet"), canvas_size=(64, 64), config={})
    predictor = RowPredictor("best.safetensors", device="cpu", score_threshold=0.001, max_detections=3)
    predictor = pickle.loads(pickle.dumps(predictor))  # as Spark sends it
    photos = [numpy.random.default_rng(seed).integers(0, 255, (48, 64, 3), dtype=numpy.uint8) for seed in range(3)]
    contents = [cv2.imencode(".png", photo)[1].tobytes() for photo in photos] + [b"no picture"]
    frame = pandas.DataFrame({"path": [f"{number}.png" for number in range(4)], "content": contents})
    for found in finder(predictor)([frame[:2], frame[2:]]):
        print(found[["path", "error", "height", "width", "classes"]])
