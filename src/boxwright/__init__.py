"""boxwright trains object detectors and instance segmenters on your own images."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from boxwright.benchmarking.command import benchmark
    from boxwright.cli.doctor import doctor
    from boxwright.data import convert
    from boxwright.data.packing import pack
    from boxwright.data.verification import verify
    from boxwright.evaluation import evaluate
    from boxwright.exporting.command import export
    from boxwright.inspection import anchors, diagnose, inspect
    from boxwright.prediction import load, predict
    from boxwright.training import train
    from boxwright.training.tuning.command import tune

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "anchors",
    "benchmark",
    "convert",
    "diagnose",
    "doctor",
    "evaluate",
    "export",
    "inspect",
    "load",
    "pack",
    "predict",
    "train",
    "tune",
    "verify",
]

# Where the function of every command is. Loaded when first used, so that `from boxwright.assigners import …` imports no
# more than torch.
_LAZY = {
    "anchors": "boxwright.inspection.anchor_reach",
    "benchmark": "boxwright.benchmarking.command",
    "convert": "boxwright.data.conversion",
    "diagnose": "boxwright.inspection.diagnosis.command",
    "doctor": "boxwright.cli.doctor",
    "evaluate": "boxwright.evaluation.command",
    "export": "boxwright.exporting.command",
    "inspect": "boxwright.inspection.page.command",
    "load": "boxwright.prediction.model",
    "pack": "boxwright.data.packing",
    "predict": "boxwright.prediction.command",
    "train": "boxwright.training.command",
    "tune": "boxwright.training.tuning.command",
    "verify": "boxwright.data.verification.command",
}

# What hands of another trainer ask for.
_ELSEWHERE = {
    "YOLO": "boxwright.load(file) for a trained model, boxwright.train(data, system) for a new one",
    "Model": "boxwright.load(file)",
    "val": "boxwright.evaluate(model, data)",
    "track": 'boxwright.predict(model, film, tracker="bytetrack")',
    "benchmark": "boxwright.evaluate(model, data), of the model and of what it was exported to",
    "checks": "boxwright.doctor()",
}


def __getattr__(name: str) -> Any:
    """Imports the functions of this package when they are first used."""
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    hint = f" Here it is {_ELSEWHERE[name]}." if name in _ELSEWHERE else ""
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}.{hint}")


def __dir__() -> list[str]:
    """Lists the lazy functions too."""
    return sorted({*globals(), *_LAZY})
