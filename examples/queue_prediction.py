"""Finds objects in pictures that come over a queue: a worker takes batches of them, and puts rows into another one.

The worker is a thread here. With the Queue and the Process of multiprocessing, or a queue of a network, the function is
the same: the predictor can be pickled, and reads the model where it is first called.
"""

from queue import Empty, Queue
from threading import Thread
from typing import Any

import cv2
import numpy

from boxwright.prediction import RowPredictor
from boxwright.systems import build_system, save_model

MOST, END = 4, None


def consume(pictures: Any, rows: Any, predictor: RowPredictor) -> None:
    """Runs until the queue ends, and takes what is there already, up to a batch."""
    is_open = True
    while is_open:
        batch = [pictures.get()]  # waits for the first
        while len(batch) < MOST:
            try:
                batch.append(pictures.get_nowait())
            except Empty:
                break
        is_open = END not in batch
        named = [each for each in batch if each is not END]
        for row in predictor([content for _, content in named], [path for path, _ in named]):
            rows.put(row)
    rows.put(END)


if __name__ == "__main__":
    system = build_system("yolov8n", num_classes=2)  # untrained, so that this runs; take the model of a run
    save_model("best.safetensors", system, categories=("cell", "platelet"), canvas_size=(64, 64), config={})
    pictures: Queue[Any] = Queue()
    rows: Queue[Any] = Queue()
    predictor = RowPredictor("best.safetensors", device="cpu", score_threshold=0.001, max_detections=3)
    worker = Thread(target=consume, args=(pictures, rows, predictor))
    worker.start()
    for number in range(6):
        photo = numpy.random.default_rng(number).integers(0, 255, (48, 64, 3), dtype=numpy.uint8)
        pictures.put((f"{number}.png", cv2.imencode(".png", photo)[1].tobytes()))
    pictures.put(("broken.jpg", b"no picture"))
    pictures.put(END)
    for row in iter(rows.get, END):
        print(row["path"], row["error"] or f"{len(row['boxes'])} objects")
    worker.join()
