"""Following objects through a film, by the package `trackers`."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import torch
from torch import Tensor

from boxwright.data.images.rgb import is_array
from boxwright.errors import ConfigError, MissingExtraError, unknown_name
from boxwright.prediction.frames import Frame, Video
from boxwright.prediction.sources import SourceFile
from boxwright.prediction.streams import SourceStream
from boxwright.structures import Detections

TRACKERS = {"bytetrack": "ByteTrackTracker", "ocsort": "OCSORTTracker", "sort": "SORTTracker"}
"""By name, the class of `trackers`: ByteTrack (Zhang et al. 2022), OC-SORT (Cao et al. 2023),
SORT (Bewley et al. 2016)."""

LOW_SCORE = 0.1
"""From this score on, ByteTrack's second step lets a detection keep an object alive."""

NO_FILM = "tracker: {} numbers the objects of a film from frame to frame, and the source has no film."

_MOMENT = 1e-6  # seconds between frames of which the film says that they are shown at once


class Tracking:
    """Gives the objects of every film numbers that they keep from frame to frame; images get none.

    An object gets its number when it is seen a second time. Films do not share numbers: each begins with 1. Which
    class an object has does not matter to its number.

    Args:
        kind: A name of `TRACKERS`.
        score_threshold: Objects with a higher score are followed and shown; ByteTrack keeps an object alive by weaker
            ones, which are not shown.

    Raises:
        ConfigError: There is no such tracker.
        MissingExtraError: `trackers` is not installed.
    """

    def __init__(self, kind: str, score_threshold: float) -> None:
        self._build = require_tracker(kind)
        self.kind, self.score_threshold = kind, score_threshold
        self._video: Video | None = None
        self._tracker: Any = None
        self._seconds = -1.0

    @property
    def has_followed(self) -> bool:
        """Whether there was a film."""
        return self._video is not None

    @property
    def least_score(self) -> float:
        """The score above which detections are needed."""
        return min(LOW_SCORE, self.score_threshold) if self.kind == "bytetrack" else self.score_threshold

    def __call__(self, frame: Frame, detections: Detections) -> Detections:
        """Numbers the objects of the next frame.

        Args:
            frame: In order.
            detections: In it, with a score over `least_score`.
        """
        shown = detections.scores > self.score_threshold
        if frame.video is None:
            return detections.rows(shown)
        if frame.video is not self._video:
            self._video, self._tracker, self._seconds = frame.video, self._new(frame.video), -1.0
        self._seconds = max(frame.seconds, self._seconds + _MOMENT)
        found = replace(detections, masks=None).to_supervision()
        found.data["row"] = np.arange(len(detections))
        followed = self._tracker.update(found, timestamp=self._seconds)
        ids = torch.full((len(detections),), -1, dtype=torch.int64)
        if len(followed):
            numbers = np.asarray(followed.tracker_id, dtype=np.int64)
            ids[torch.from_numpy(followed.data["row"])] = torch.from_numpy(np.where(numbers < 0, -1, numbers + 1))
        return replace(detections, ids=ids).rows(shown)

    def _new(self, video: Video) -> Any:
        options: dict[str, Any] = {"frame_rate": video.frames_per_second, "minimum_consecutive_frames": 1}
        if self.kind != "ocsort":
            options |= {"track_activation_threshold": self.score_threshold}
        if self.kind != "sort":
            options |= {"high_conf_det_threshold": self.score_threshold}
        return self._build(**options)


def require_films(kind: str, entries: Sequence[Any]) -> None:
    """Refuses to follow objects through photographs.

    Args:
        kind: The tracker.
        entries: Of the source; what is read as it comes may be a film.

    Raises:
        ConfigError: None of them can be a film.
    """
    if entries and not any(_may_be_film(entry) for entry in entries):
        raise ConfigError(f"{NO_FILM.format(kind)} Leave tracker out, or give the film itself, a camera or a stream.")


def _may_be_film(entry: Any) -> bool:
    if isinstance(entry, SourceFile):
        return entry.is_video
    is_picture = isinstance(entry, Tensor | bytes | bytearray | memoryview) or is_array(entry)
    return isinstance(entry, SourceStream | Iterable) and not is_picture


def require_tracker(kind: str) -> Any:
    """Gives the class of a tracker.

    Args:
        kind: A name of `TRACKERS`.

    Raises:
        ConfigError: There is no such tracker.
        MissingExtraError: `trackers` is not installed.
    """
    if kind not in TRACKERS:
        raise unknown_name("tracker", kind, TRACKERS)
    try:
        return getattr(import_module("trackers"), TRACKERS[kind])
    except ImportError as error:
        raise MissingExtraError(
            'tracker needs the package trackers, which is missing. Install it: pip install "boxwright[tracking]".'
        ) from error
