"""Comparing detections with the truth of a data set beside the network that finds them."""

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from boxwright.data import Dataset
from boxwright.data.tiles.tiled import Tiled
from boxwright.errors import DataError, counted
from boxwright.evaluation.coco_evaluator import PORTION, CocoEvaluator
from boxwright.evaluation.report import Report
from boxwright.inference import WholeImages
from boxwright.structures import Detections, GroundTruth

_MOST_WAITING = 2
"""Portions of images that wait for the thread; whoever adds more waits too."""


class Scoring:
    """Takes detections as they are found; a thread matches them, so that little is left to do after the last image.

    An error of the thread comes out of `add` or `report`.

    Args:
        dataset: The truth. What is found in tiles is put together once all tiles of an image are there, and compared
            with the whole image.
        max_detections: Best detections per image and category that count.
        most_per_image: Detections that the detector gives of one image, if that is known.
    """

    def __init__(self, dataset: Dataset, max_detections: int, *, most_per_image: int | None = None) -> None:
        self._whole = None
        if isinstance(dataset, Tiled):  # the limit is one per tile then
            self._whole, dataset, most_per_image = WholeImages(dataset), dataset.dataset, None
        self._dataset, self._position = dataset, 0
        self._evaluator = CocoEvaluator(dataset.categories, max_detections, most_per_image=most_per_image)
        self._truths: dict[int, GroundTruth] = {}  # passed over so far
        self._portion: list[tuple[Detections, GroundTruth]] = []
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="boxwright-scoring")
        self._running: deque[Future[None]] = deque()

    def add(self, found: Iterable[Detections]) -> None:
        """Takes what was found in some images.

        Args:
            found: In any order, one per image or tile, on the CPU.

        Raises:
            DataError: The data set has no such image, it came before, or what was found cannot be compared.
        """
        whole = found if self._whole is None else self._whole.put_together(found)
        for detections in whole:
            self._portion.append((detections, self._truth_of(detections)))
            if len(self._portion) >= PORTION:
                self._begin()

    def report(self) -> Report:
        """Waits for the thread, and gives the numbers of the whole data set.

        Raises:
            DataError: An image is missing, or what was found cannot be compared.
        """
        self._begin()
        while self._running:
            self._running.popleft().result()
        self._pool.shutdown()
        missing = len(self._dataset) - len(self._evaluator)
        if missing:
            raise DataError(
                f"Of {counted(len(self._dataset), 'image')} of the data set {missing:,} came without detections. Give "
                "a value for every image, an empty one where nothing was found."
            )
        return self._evaluator.compute()

    def _begin(self) -> None:
        found, truths = [detections for detections, _ in self._portion], [truth for _, truth in self._portion]
        self._portion = []
        self._running.append(self._pool.submit(self._evaluator.update, found, truths))
        while self._running and (len(self._running) > _MOST_WAITING or self._running[0].done()):
            self._running.popleft().result()

    def _truth_of(self, detections: Detections) -> GroundTruth:
        """Looks for the truth of an image from the last one on; not in the thread, since data may be a user's."""
        image_id = detections.origin.image_id
        while image_id not in self._truths and self._position < len(self._dataset):
            truth = self._dataset.truth(self._position)
            self._position += 1
            self._truths[truth.origin.image_id] = truth
        if image_id not in self._truths:
            raise DataError(
                f"{detections.origin.name}: the data set has no image {image_id}, or it was added before. Give "
                "detections of every image once."
            )
        return self._truths.pop(image_id)
