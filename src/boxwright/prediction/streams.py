"""Cameras and streams of a network as sources."""

import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from boxwright.errors import DataError

SCHEMES = ("rtsp", "rtsps", "rtmp", "rtmps", "http", "https", "udp", "tcp", "rtp", "srt")


@dataclass(frozen=True, slots=True)
class SourceStream:
    """A camera of this machine, or a stream of a network.

    Args:
        address: The number of the camera, or the address.
        name: What it is called in the output.
    """

    address: int | str
    name: str

    @property
    def shown(self) -> str:
        """What to call it in messages; a password in the address is not shown."""
        return f"camera {self.address}" if isinstance(self.address, int) else without_password(self.address)


def stream_of(place: object) -> SourceStream | None:
    """Recognises a number of a camera (`0`, unless a file or folder has this name) or an address; else gives None.

    Args:
        place: As it was given.

    Raises:
        DataError: It is an address of a kind that is not read.
    """
    if isinstance(place, bool):
        return None
    if isinstance(place, int):
        return _camera(place)
    if not isinstance(place, str) or os.path.lexists(os.path.expanduser(place)):
        return None
    if re.fullmatch(r"[0-9]{1,2}", place):
        return _camera(int(place))
    scheme, sign, _ = place.partition("://")
    if not sign:
        return None
    if scheme.lower() not in SCHEMES:
        raise DataError(
            f"{without_password(place)} is an address of a kind that is not read. Read are {', '.join(SCHEMES)}; "
            "download other things first and give the file."
        )
    parts = urlsplit(place)
    name = parts.path.rstrip("/").rpartition("/")[2] or parts.hostname or "stream"
    return SourceStream(place, re.sub(r"[^\w.\-]+", "_", name) or "stream")


def without_password(address: str) -> str:
    """Takes name and password out of an address.

    Args:
        address: To be shown.
    """
    return re.sub(r"(?<=://)[^/@\s]*@", "", address)


def _camera(number: int) -> SourceStream:
    if number < 0:
        raise DataError(f"There is no camera {number}. Cameras are numbered from 0.")
    return SourceStream(number, f"camera-{number}")
