"""Models, data and sources that are named by paths: whether they are there, before anything is loaded."""

import glob
import os
import re
from pathlib import Path

from boxwright.errors import DataError

BEST_MODEL = Path("weights", "best.safetensors")
"""In a run directory."""

OLDER_SUFFIX = ".pt"
"""Of model files of before."""

_NAMED = re.compile(r"\w+:")  # sample:bccd, voc:FOLDER, torchvision:…, hf:… and addresses say themselves what they are


def require_model(path: str | Path) -> None:
    """Refuses a model that is not there.

    Args:
        path: A model file, a run directory or an exported file; a name of published weights is not looked up.

    Raises:
        DataError: There is no such file or folder.
    """
    place = Path(path)
    is_older = place.suffix == BEST_MODEL.suffix and place.with_suffix(OLDER_SUFFIX).is_file()
    if not (place.exists() or is_older or _NAMED.match(str(path))):
        raise no_model(path)


def no_model(path: str | Path) -> DataError:
    """Builds the error for a model that is not there.

    Args:
        path: Of it.
    """
    return DataError(f"There is no model file {path}. Give a run directory, or the {BEST_MODEL} in it.")


def require_data(path: str | Path) -> None:
    """Refuses a data set that is not there.

    Args:
        path: A folder or file; a name such as sample:bccd is not looked up.

    Raises:
        DataError: There is no such file or folder.
    """
    if not (Path(path).exists() or _NAMED.match(str(path))):
        raise no_data(path)


def no_data(path: str | Path) -> DataError:
    """Builds the error for a data set that is not there.

    Args:
        path: Of it.
    """
    return DataError(f'There is no {Path(path).absolute()}. Give a data folder, a YAML file, or "sample:bccd".')


def require_source(source: str) -> None:
    """Refuses a source of images that is not there; patterns, cameras and addresses are not looked up.

    Args:
        source: As typed.

    Raises:
        DataError: There is no such file or folder.
    """
    place = Path(source).expanduser()
    if os.path.lexists(place) or glob.has_magic(source) or source.isdecimal() or "://" in source:
        return
    raise no_source(place)


def no_source(place: Path) -> DataError:
    """Builds the error for a source that is not there.

    Args:
        place: Of it.
    """
    return DataError(f"There is no file or folder {place}. Correct the path (looked from {Path.cwd()}).")
