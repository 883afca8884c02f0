"""A trained model as one thing, which predicts and is measured."""

from collections.abc import Callable, Iterator
from inspect import signature
from pathlib import Path
from typing import Any

from boxwright.bounded_text import listed
from boxwright.errors import DataError, counted
from boxwright.evaluation import Report, evaluate
from boxwright.exporting.command import Exported, export
from boxwright.inference import load_network
from boxwright.prediction.elsewhere import lacking
from boxwright.prediction.predictor import Predictor
from boxwright.prediction.result import Result
from boxwright.prediction.results import Results
from boxwright.prediction.search import SearchSettings, search
from boxwright.prediction.sources import Source
from boxwright.settings.python_names import answers_names, require_names
from boxwright.systems import BEST_MODEL, ModelCard, System, has_model

RUNS = Path("runs")
"""Where trainings write unless told otherwise."""

ELSEWHERE = {
    "val": "evaluate(data)",
    "track": 'predict(film, tracker="bytetrack")',
    "train": "boxwright.train(data, system, weights=this file)",
    "info": "print(model), or `boxwright info FILE`",
    "to": 'predict(source, device="cuda")',
    "fuse": "nothing: batch norms are folded for every prediction",
    "model": "system.detector",
    "nc": "len(model.names)",
    "stride": "system.detector.strides",
    "task": "system.mask_stride, which is None where only boxes are found",
    **dict.fromkeys(("parameters", "state_dict"), "system.detector, which has it"),
    **dict.fromkeys(("cuda", "cpu", "device"), 'predict(source, device="cuda"), or "cpu"'),
    **dict.fromkeys(("half", "float"), 'predict(source, precision="fp16"), or "32"'),
    "eval": "nothing: predict does not train",
    "conf": "predict(source, score_threshold=0.25)",
    "iou": "predict(source, iou_threshold=0.5)",
    "max_det": "predict(source, max_detections=300)",
    "classes": "predict(source, classes=[...])",
    "agnostic": "predict(source, class_agnostic=True)",
    "load": "boxwright.load(file)",
    "save": "nothing: the file is there, see model.path",
    "benchmark": "evaluate(data), of the model and of what it was exported to",
    "metrics": "what evaluate(data) gives",
    "add_callback": "boxwright.train(..., callbacks=[...])",
}
"""What hands of another trainer ask for, and what it is called here."""


class Model:
    """A trained model: what it says about itself, and what can be done with it; see `load`.

    Args:
        system: With the trained detector.
        card: Of the model.
        path: The file or run directory that it was read from.
    """

    def __init__(self, system: System, card: ModelCard, path: Path) -> None:
        self.system, self.card, self.path = system, card, path
        self._kept: tuple[dict[str, Any], Predictor] | None = None

    @property
    def names(self) -> dict[int, str]:
        """Class names by label."""
        return dict(enumerate(self.card.categories))

    def predict(self, source: Source, **settings: Any) -> Results | Iterator[Result]:
        """Finds objects in images and videos; the network stays ready between calls of the same settings.

        Args:
            source: Files, folders, patterns, videos, arrays, tensors, cameras or addresses, see `expand_source`.
            **settings: Of `boxwright.predict`.

        Returns:
            As `boxwright.predict`.

        Raises:
            DataError: A source is not usable.
            ConfigError: A setting is unknown or impossible.
        """
        found = search(
            lambda: (self.card, self.predictor), source, SearchSettings.of(settings, _names_of(SearchSettings))
        )
        return found if settings.get("stream") else Results(found)

    def __call__(self, source: Source, **settings: Any) -> Results | Iterator[Result]:
        """Finds objects, as `predict`.

        Args:
            source: As for `predict`.
            **settings: As for `predict`.
        """
        return self.predict(source, **settings)

    def predictor(self, **settings: Any) -> Predictor:
        """Builds what runs the network, or gives the one of the last call if the settings are the same.

        Args:
            **settings: Of `Predictor`.
        """
        if self._kept is None or self._kept[0] != settings:
            self._kept = settings, Predictor(self.system, self.card, **settings)
        return self._kept[1]

    def evaluate(self, data: Any, split: Any = "val", **settings: Any) -> Report:
        """Measures the model on a data set.

        Args:
            data: As for `boxwright.evaluate`.
            split: Part of the data set.
            **settings: Of `boxwright.evaluate`.
        """
        require_names("evaluate", settings, _names_of(evaluate))
        return evaluate(self.path, data, split, **settings)

    def export(self, **settings: Any) -> Exported:
        """Writes the model for other programs.

        Args:
            **settings: Of `boxwright.export`.
        """
        require_names("export", settings, _names_of(export))
        return export(self.path, **settings)

    def __repr__(self) -> str:
        """Says what the model is."""
        height, width = self.card.canvas_size
        return (
            f"{self.card.system} of {self.path}: {counted(self.card.num_classes, 'class', 'classes')} "
            f"({listed(self.card.categories)}), canvas {width} × {height}"
        )

    def __getattr__(self, name: str) -> Any:
        """Answers names of another trainer with those of boxwright."""
        raise lacking("A Model has", name, ELSEWHERE)

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuses to be set what would change nothing."""
        if name not in ("system", "card", "path", "_kept"):
            raise lacking("A Model has", name, ELSEWHERE)
        super().__setattr__(name, value)


@answers_names("load")
def load(path: str | Path) -> Model:
    """Reads a model, to predict with it and to measure it.

    Args:
        path: A model file, a run directory for its best model, an exported file or its folder, or weights of others in
            a form that is recognised. The suffix may be left out. "best" and "last", where no file or folder has this
            name, are the models of the run in `runs` that was written last.

    Raises:
        DataError: There is no such model, or it cannot be read.

    Example:
        load("best").predict("photo.jpg")[0].show()
    """
    file = _file_of(Path(path).expanduser())
    return Model(*load_network(file), file)


def _file_of(path: Path) -> Path:
    if path.exists() or path.suffix:
        return path
    with_suffix = path.with_suffix(BEST_MODEL.suffix)
    if has_model(with_suffix):
        return with_suffix
    if str(path) not in ("best", "last"):
        return path
    found = [each for each in RUNS.glob(f"*/{BEST_MODEL.with_stem(str(path))}") if each.is_file()]
    if not found:
        raise DataError(
            f"There is no {with_suffix}, and no run in {RUNS.absolute()} has a {BEST_MODEL.with_stem(str(path))}. Name "
            "the model file or the run directory."
        )
    return max(found, key=lambda each: each.stat().st_mtime)


def _names_of(taker: Callable[..., Any]) -> list[str]:
    """Lists the settings of a function, without what the model has by itself."""
    return [name for name in signature(taker).parameters if name not in ("model", "data", "split")]
