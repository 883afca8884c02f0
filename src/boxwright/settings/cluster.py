"""What a prediction over a cluster is asked for, as far as it can be judged before anything is loaded."""

import os
from collections.abc import Collection, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from boxwright.errors import ConfigError, MissingExtraError

ENGINES = ("local", "ray")
PARQUET = "parquet:"
"""What an output begins with whose rows lie in Parquet files."""
ROWS_PER_FILE = 1000

_ONLY_HERE = ("actors", "rows_per_file")
_NOT_HERE = {
    "tracker": "objects of films are followed frame by frame, on one machine",
    "save": "what is found becomes rows of --output parquet:DIR",
    "category_ids": "rows name their classes",
}
_LIVE = ("rtsp", "rtsps", "rtmp", "rtmps", "udp", "tcp", "rtp", "srt")


def require_engine(values: Mapping[str, Any], given: Collection[str]) -> None:
    """Refuses settings that do not go together with the engine.

    Args:
        values: All settings of `boxwright predict`.
        given: Names of those that somebody gave.

    Raises:
        ConfigError: One has no meaning with this engine, or none is there that it needs.
        MissingExtraError: Ray is not installed.
    """
    if values["engine"] == "ray":
        _require_ray(values, given)
        return
    for name in _ONLY_HERE:
        if values[name] is not None:
            raise ConfigError(f"{name} is a setting of a cluster. Add --engine ray, or leave it out.")
    if str(values["output"]).startswith(PARQUET):
        raise ConfigError(
            f"output: {values['output']} is written by a cluster. Add --engine ray, or name a folder for pictures."
        )


def rows_folder(output: str | None) -> str:
    """Gives the folder of an output of rows.

    Args:
        output: As typed: `parquet:DIR`.

    Raises:
        ConfigError: It is no such output.
    """
    folder = (output or "").removeprefix(PARQUET)
    if not (output or "").startswith(PARQUET) or not folder:
        raise ConfigError(f"output is {output}, and --engine ray writes rows. Give --output {PARQUET}DIR.")
    return folder


def require_workforce(actors: int | None, rows_per_file: int) -> None:
    """Refuses numbers that no cluster can do with.

    Args:
        actors: Processes with a network each; None to choose.
        rows_per_file: Rows of one file of the output.

    Raises:
        ConfigError: One is under 1.
    """
    for name, value in (("actors", actors), ("rows_per_file", rows_per_file)):
        if value is not None and value < 1:
            raise ConfigError(f"{name} is {value}. Give at least 1.")


def require_installed() -> None:
    """Refuses to begin without Ray.

    Raises:
        MissingExtraError: It is not installed.
    """
    if find_spec("ray") is None or find_spec("pyarrow") is None:
        raise MissingExtraError('engine: Ray Data is not installed. Run: pip install "boxwright[ray]"')


def require_pictures(source: str) -> None:
    """Refuses cameras and streams as a source.

    Args:
        source: As typed.

    Raises:
        ConfigError: It is one.
    """
    is_there = os.path.lexists(Path(source).expanduser())
    if not is_there and (source.isdecimal() or source.partition("://")[0].lower() in _LIVE):
        raise ConfigError(
            f"source: {source} is a camera or a stream, and a cluster looks at pictures. Leave out --engine ray, or "
            "give a folder, an address of pictures (s3://…) or a Parquet file."
        )


def _require_ray(values: Mapping[str, Any], given: Collection[str]) -> None:
    for name, why in _NOT_HERE.items():
        if name in given and values[name] is not None:
            raise ConfigError(f"{name} has no meaning with --engine ray: {why}. Leave it out.")
    rows_folder(values["output"] if "output" in given else None)
    require_workforce(values["actors"], ROWS_PER_FILE if values["rows_per_file"] is None else values["rows_per_file"])
    require_pictures(values["source"])
    require_installed()
