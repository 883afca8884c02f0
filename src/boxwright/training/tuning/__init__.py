"""Searching settings: trainings by turns, each with other settings."""

from boxwright.settings.tuning.search import SearchSettings
from boxwright.training.tuning.command import tune
from boxwright.training.tuning.results import TuningResult

__all__ = ["SearchSettings", "TuningResult", "tune"]
