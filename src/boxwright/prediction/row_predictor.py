"""A predictor that can be sent to another process: pictures go in, plain rows come out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from boxwright.data.images.rgb import rgb_pixels
from boxwright.data.loading.worker_count import thread_count
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError, ShapeError, counted
from boxwright.inference import load_network, said_of_tiles
from boxwright.prediction.chosen_threshold import chosen_threshold
from boxwright.prediction.frames import Frame
from boxwright.prediction.overlap import in_order
from boxwright.prediction.predictor import Predictor
from boxwright.prediction.rows import row_of, row_of_fault
from boxwright.prediction.search import SearchSettings
from boxwright.settings.given_paths import require_model
from boxwright.structures import ImageOrigin
from boxwright.systems import ModelCard

_OF_A_SOURCE = ("stream", "output", "save", "tracker", "on_bad", "category_ids")
ROW_SETTINGS = tuple(each.name for each in fields(SearchSettings) if each.name not in _OF_A_SOURCE)
"""Settings of `boxwright.predict` that say how pictures are looked at."""


class RowPredictor:
    """Finds objects in pictures in memory, and gives a row of plain values for each; made to travel.

    It can be pickled, whatever the model is: what travels is the path and the settings, and each process reads the
    model when it is first called, and keeps it. So it goes to a queue, to Spark, to Ray, to a pool of processes. Rows
    hold what `boxwright.predict` finds in the same file.

    Args:
        model: A model file or run directory that training left, an exported file or its folder; every process that is
            to use it must see it under this path.
        **settings: Of `boxwright.predict`, without those of sources and outputs.

    Raises:
        DataError: There is no such model.
        ConfigError: A setting is unknown or impossible.

    Example:
        rows = RowPredictor("runs/train", device="cpu")([open("photo.jpg", "rb").read()], ["photo.jpg"])
    """

    def __init__(self, model: str | Path, **settings: Any) -> None:
        self._asked = SearchSettings.of(settings, ROW_SETTINGS)
        require_model(model)
        self.model = str(Path(model).absolute() if Path(model).exists() else model)
        self.settings: Mapping[str, Any] = settings
        self._predictor: Predictor | None = None

    def __call__(self, images: Sequence[Any], paths: Sequence[str | None] | None = None) -> list[dict[str, Any]]:
        """Finds the objects of every picture, in order.

        Args:
            images: Bytes of image files, or arrays as `boxwright.predict` takes them: `height width 3`, RGB.
            paths: What they are called in the rows and in messages; None if left out.

        Returns:
            A row per picture: `path`, `error`, `height` and `width` of the upright image, `boxes` (left, top, right,
            bottom in its pixels, best score first), `scores`, `labels`, `classes` (names), `masks` (compressed RLE of
            COCO; None of a model that finds boxes only). A picture that cannot be read has an `error`, and else None.

        Raises:
            ShapeError: There are more or fewer paths than images.
            DataError: The model cannot be read.
        """
        names = [None] * len(images) if paths is None else list(paths)
        if len(names) != len(images):
            raise ShapeError(f"There are {counted(len(names), 'path')} for {counted(len(images), 'image')}. Give each.")
        if self._predictor is None:
            self._predictor = self._loaded()
        rows: list[dict[str, Any]] = [{} for _ in names]
        settings, categories = self._asked, self._predictor.card.categories
        found = self._predictor.over(self._frames(images, names, rows), settings.batch_size, workers=self._threads)
        for frame, detections in found:
            number = frame.origin.image_id
            rows[number] = row_of(names[number], detections, categories)
        return rows

    def check(self) -> tuple[ModelCard, str]:
        """Reads what the model says about itself and looks whether the settings fit, without keeping its weights.

        Returns:
            The card of the model, and what is to be said about the threshold and about tiles.

        Raises:
            DataError: The model cannot be read.
            ConfigError: A setting does not fit the model.
        """
        _, card = load_network(self.model)
        asked = self._asked
        threshold, said = chosen_threshold(card, asked.score_threshold)
        tiling = asked.of_predictor(card, threshold)["tiling"]
        return card, "\n".join(filter(None, (said, said_of_tiles(tiling, asked.tile, asked.tile_overlap))))

    @property
    def _threads(self) -> int:
        return thread_count(self._asked.workers)

    def _loaded(self) -> Predictor:
        system, card = load_network(self.model)
        threshold, _ = chosen_threshold(card, self._asked.score_threshold)
        return Predictor(system, card, **self._asked.of_predictor(card, threshold))

    def _frames(
        self, images: Sequence[Any], names: Sequence[str | None], rows: list[dict[str, Any]]
    ) -> Iterator[Frame]:
        """Gives the pictures that can be read, and rows to the others."""

        def read(number: int) -> tuple[int, np.ndarray | DataError]:
            return number, self._pixels(images[number], names[number] or f"Picture {number} of the source")

        for number, pixels in in_order(range(len(images)), read, threads=self._threads):
            if isinstance(pixels, DataError):
                rows[number] = row_of_fault(names[number], str(pixels))
            else:
                size = (pixels.shape[0], pixels.shape[1])
                yield Frame(pixels, ImageOrigin(number, names[number], size), names[number] or "")

    def _pixels(self, image: Any, name: str) -> np.ndarray | DataError:
        if image is None:
            return DataError(f"{name}: there is no picture, and no bytes of one. Give them, or leave the row out.")
        limits = ReadingLimits(max_pixels=self._asked.max_pixels)
        try:
            return rgb_pixels(image, name, channels=self._asked.channels, limits=limits)
        except DataError as fault:
            return fault

    def __getstate__(self) -> dict[str, Any]:
        """Gives what travels."""
        return {"model": self.model, "settings": dict(self.settings)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Begins anew in another process, where the model is read when it is needed.

        Args:
            state: As it travelled.
        """
        self.model, self.settings = state["model"], state["settings"]
        self._asked, self._predictor = SearchSettings(**state["settings"]), None
