"""From a source to results, one after the other, written as they come."""

import logging
import warnings
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

import torch

from boxwright.bounded_text import listed_lines
from boxwright.data.loading.worker_count import thread_count
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import ConfigError, counted
from boxwright.geometry.canvas import canvas_pair
from boxwright.inference import WITH_THE_MODEL, Precision, Tile, chosen_tiling, said_of_tiles
from boxwright.prediction.chosen_threshold import chosen_threshold
from boxwright.prediction.crop_output import CropOutput
from boxwright.prediction.frames import Frame, read_frames
from boxwright.prediction.label_output import LabelOutput
from boxwright.prediction.outputs import CocoResultOutput, Output, PictureOutput
from boxwright.prediction.overlap import in_order
from boxwright.prediction.predictor import Predictor
from boxwright.prediction.result import Result, result_of
from boxwright.prediction.source_folders import require_apart
from boxwright.prediction.sources import Source, SourceFile, listed
from boxwright.prediction.streams import SourceStream
from boxwright.prediction.tracking import NO_FILM, Tracking, require_films, require_tracker
from boxwright.prediction.wishes import Wishes, labels_of
from boxwright.settings.python_names import require_names
from boxwright.settings.python_values import require_values
from boxwright.settings.reading import MAX_PIXELS
from boxwright.settings.search import OUTPUT_KINDS, output_kinds, require_search
from boxwright.structures import Detections
from boxwright.systems import ModelCard
from boxwright.writing.atomic_file import require_folder
from boxwright.writing.finished_folder import require_unfinished

logger = logging.getLogger("boxwright")
RESULT_FILE = "detections.json"
LISTED = 10
logger = logging.getLogger("boxwright")
Found = Generator[tuple[Frame, Detections], None, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSettings:
    """The settings of `boxwright.predict`, which describes them."""

    stream: bool = False
    output: str | Path | None = None
    save: str | Sequence[str] = ("pictures",)
    score_threshold: float | None = None
    iou_threshold: float | None = None
    max_detections: int | None = None
    one_class_per_box: bool = True
    class_agnostic: bool = False
    classes: str | int | Sequence[str | int] | None = None
    min_size: int | float = 0
    max_size: int | float | None = None
    tracker: str | None = None
    batch_size: int = 8
    workers: int | None = None
    canvas: int | tuple[int, int] | None = None
    tile: Tile = WITH_THE_MODEL
    tile_overlap: float | None = None
    device: torch.device | str = "auto"
    precision: Precision = "32"
    tta: bool = False
    channels: str = "rgb"
    on_bad: str = "error"
    max_pixels: int = MAX_PIXELS
    category_ids: Sequence[int] | None = None

    def __post_init__(self) -> None:
        """Checks what needs no model."""
        require_search({each.name: getattr(self, each.name) for each in fields(self)})
        if self.output is not None:
            require_unfinished(Path(self.output), "output")

    @classmethod
    def of(cls, given: Mapping[str, Any], known: Collection[str]) -> "SearchSettings":
        """Gives settings as somebody wrote them in Python.

        Args:
            given: By name.
            known: Names of those that may be given.

        Raises:
            ConfigError: A setting is unknown, of another type or impossible.
        """
        require_names("predict", given, known)
        output_kinds(given.get("save", ()))
        require_values(get_type_hints(cls), given)
        return cls(**given)

    @property
    def kinds(self) -> list[str]:
        """What is to be saved."""
        return output_kinds(self.save)

    def of_predictor(self, card: ModelCard, threshold: float) -> dict[str, Any]:
        """Gives the settings of the `Predictor`.

        Args:
            card: Of the model.
            threshold: Only detections with a higher score are needed.
        """
        labels = None if self.classes is None else labels_of(self.classes, card.categories)
        return {
            "device": self.device,
            "precision": self.precision,
            "tiling": chosen_tiling(card, self.tile, self.tile_overlap),
            "tta": self.tta,
            "canvas_size": None if self.canvas is None else canvas_pair(self.canvas),
            "score_threshold": threshold,
            "iou_threshold": self.iou_threshold,
            "max_detections": self.max_detections,
            "one_class_per_box": self.one_class_per_box,
            "class_agnostic": self.class_agnostic,
            "wishes": Wishes(labels, self.min_size, self.max_size),
        }


def search(
    load: Callable[[], tuple[ModelCard, Callable[..., Predictor]]], source: Source, settings: SearchSettings
) -> Iterator[Result]:
    """Begins a search: what can be wrong with settings and paths is said now, images are read as results are asked for.

    Args:
        load: Gives the card of a model, and what builds its predictor; called after the paths were looked up.
        source: See `expand_source`.
        settings: Of `boxwright.predict`.
    """
    _check_channels(source, settings.channels)
    entries = listed(source)
    is_live = any(isinstance(entry, SourceStream) for entry in entries)
    if is_live and not settings.stream:
        raise ConfigError(
            "A camera or a stream may have no end, and a list of results would have none. Give stream=True, and take "
            "the results one by one."
        )
    folder = None if settings.output is None else Path(settings.output)
    if folder is not None:
        _require_apart(folder, entries, settings.kinds)
    if settings.tracker is not None:
        require_tracker(settings.tracker)
        require_films(settings.tracker, entries)
    card, build = load()
    threshold, said = chosen_threshold(card, settings.score_threshold)
    logger.info(said)
    tracking = None if settings.tracker is None else Tracking(settings.tracker, threshold)
    if settings.category_ids is not None:
        _check_ids(settings.category_ids, card)
    predictor = build(**settings.of_predictor(card, threshold if tracking is None else tracking.least_score))
    if said := said_of_tiles(predictor.tiling, settings.tile, settings.tile_overlap):
        logger.info(said)
    outputs = [] if folder is None else _outputs(folder, settings, card)
    return _Search(settings, entries, predictor, tracking, outputs, is_live).results()


@dataclass(frozen=True, slots=True)
class _Search:
    settings: SearchSettings
    entries: Sequence[Any]
    predictor: Predictor
    tracking: Tracking | None
    outputs: Sequence[Output]
    is_live: bool

    def results(self) -> Iterator[Result]:
        """Gives results as they are found and written; ends the outputs, also where somebody stops asking."""
        skipped: list[str] | None = [] if self.settings.on_bad == "skip" else None
        names = dict(enumerate(self.predictor.card.categories))
        with ExitStack() as stack:
            for each in self.outputs:
                stack.enter_context(each)
            written = stack.enter_context(closing(self._written(self._found(skipped))))
            try:
                for frame, detections in written:
                    yield result_of(frame, detections, names)
            except GeneratorExit:  # nobody asks for more: what was written is whole
                return
            except KeyboardInterrupt:
                if not self.is_live:
                    raise
        if skipped:
            said = f"{counted(len(skipped), 'file')} could not be read, or not all of it, and that was left out"
            warnings.warn(f"{said}:\n{listed_lines(skipped, most=LISTED)}", stacklevel=2)
        if self.tracking is not None and not self.tracking.has_followed:
            warnings.warn(f"{NO_FILM.format(self.tracking.kind)} Nothing was numbered.", stacklevel=2)
        _say_renamed(self.outputs)

    @property
    def _workers(self) -> int:
        """Threads beside the network; what is live is not to wait in queues."""
        return 0 if self.is_live else thread_count(self.settings.workers)

    @property
    def _workers_of_frames(self) -> int:
        """Threads that hold whole images ahead; those that are cut into tiles may be large, and one is enough."""
        return self._workers if self.predictor.tiling is None else 0

    def _found(self, skipped: list[str] | None) -> Found:
        limits = ReadingLimits(max_pixels=self.settings.max_pixels)
        frames = read_frames(
            self.entries,
            channels=self.settings.channels,
            skipped=skipped,
            workers=self._workers_of_frames,
            limits=limits,
            in_parts=self.predictor.tiling is not None,
        )
        batch_size = 1 if self.is_live else self.settings.batch_size
        with closing(self.predictor.over(frames, batch_size, workers=self._workers)) as found:
            for frame, detections in found:
                yield frame, detections if self.tracking is None else self.tracking(frame, detections)

    def _written(self, found: Found) -> Found:
        """Draws and packs several images at once, and writes one after the other."""
        if not self.outputs:
            yield from found
            return
        tasks = ((each, [output.task(*each) for output in self.outputs]) for each in found)
        workers = self._workers_of_frames
        made = in_order(tasks, lambda both: (both[0], [make() for make in both[1]]), threads=workers)
        with closing(in_order(made, _write, threads=min(workers, 1))) as written:
            yield from written


def _write(made: tuple[tuple[Frame, Detections], list[Callable[[], None]]]) -> tuple[Frame, Detections]:
    each, writings = made
    for writing in writings:
        writing()
    return each


def _check_channels(source: Source, channels: str) -> None:
    """Refuses an order that would change nothing."""
    entries = source if isinstance(source, (list, tuple)) else [source]
    if channels == "bgr" and all(isinstance(entry, (str, Path)) for entry in entries):
        raise ConfigError("channels is the order in arrays and tensors; files say their own. Leave it out.")


def _check_ids(ids: Sequence[int], card: ModelCard) -> None:
    if len(ids) != len(card.categories):
        raise ConfigError(
            f"category_ids has {counted(len(ids), 'id')} for "
            f"{counted(len(card.categories), 'category', 'categories')}. Give one each."
        )


def _require_apart(folder: Path, entries: Sequence[Any], kinds: Sequence[str]) -> None:
    """Raises an error if nothing can be written to the folder, or pictures would lie among those of the source."""
    require_folder(folder, "output")
    if "pictures" in kinds:
        require_apart(folder, [entry for entry in entries if isinstance(entry, SourceFile)])


def _say_renamed(outputs: Sequence[Output]) -> None:
    """Says which results have another name than was to be expected, since a file of that name was there."""
    renamed = [names for each in outputs for names in each.renamed]
    if renamed:
        lines = [f"{wanted} was there: this run wrote {given.name}" for wanted, given in renamed]
        warnings.warn(
            f"{counted(len(renamed), 'name was', 'names were')} taken, and nothing is written over:\n"
            f"{listed_lines(lines, most=LISTED)}",
            stacklevel=3,
        )


def _outputs(folder: Path, settings: SearchSettings, card: ModelCard) -> list[Output]:
    """Builds the writers that are asked for."""
    ids = settings.category_ids or card.category_ids
    builders: dict[str, Callable[[], Output]] = {
        "pictures": lambda: PictureOutput(folder, card.categories),
        "json": lambda: CocoResultOutput(folder / RESULT_FILE, card.categories, ids),
        "crops": lambda: CropOutput(folder, card.categories),
        "labels": lambda: LabelOutput(folder, card.categories),
    }
    return [builders[kind]() for kind in OUTPUT_KINDS if kind in settings.kinds]
