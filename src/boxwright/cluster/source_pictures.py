"""Which pictures a source of a cluster stands for."""

import glob
import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import pyarrow

from boxwright.cluster.parquet_pictures import pictures_of_tables
from boxwright.cluster.places import file_system_of, is_address
from boxwright.cluster.work import work_table
from boxwright.data.images.file_formats import IMAGE_SUFFIXES, suffix_of
from boxwright.data.images.folder_scan import is_hidden, scan_folder
from boxwright.errors import ConfigError, DataError
from boxwright.prediction.sources import VIDEO_SUFFIXES, expand_path

_TABLE = ".parquet"


def pictures_of(source: str, output: str = "") -> list[pyarrow.Table]:
    """Lists the pictures of a source, each with what it is called in the output: its absolute path, or its address.

    Files, folders and patterns stand for the same pictures as in `boxwright.predict`. A folder of Parquet files without
    pictures stands for what these hold or name.

    Args:
        source: A file, folder, pattern or address, of pictures or of Parquet files.
        output: Folder or address whose files are rows, and never part of the source.

    Returns:
        Tables from `work_table`.

    Raises:
        DataError: Nothing is there, or it holds no picture.
        ConfigError: It holds a film.
    """
    if is_address(os.path.expanduser(source)):
        return _of_address(source, output)
    rows = os.path.join(os.path.abspath(os.path.expanduser(output)), "") if output else None
    tables = [each for each in _tables_of(Path(source).expanduser()) if rows is None or not each.startswith(rows)]
    if tables:
        return pictures_of_tables(tables)
    paths = [os.path.abspath(file.path) for file in expand_path(source)]
    _refuse_films(paths)
    return [work_table(paths, paths)]


def _tables_of(place: Path) -> list[str]:
    """Lists the Parquet files of a source of such."""
    if place.is_dir():
        found = sorted(each for each in place.rglob(f"*{_TABLE}") if not is_hidden(each.name))
        if found and scan_folder(str(place), VIDEO_SUFFIXES).used:
            return []
    elif suffix_of(str(place)) == _TABLE:
        is_pattern = glob.has_magic(str(place)) and not place.is_file()
        found = sorted(map(Path, glob.glob(str(place), recursive=True))) if is_pattern else [place]
    else:
        return []
    return [os.path.abspath(each) for each in found]


def _of_address(source: str, output: str) -> list[pyarrow.Table]:
    system, root = file_system_of(source)
    try:
        if glob.has_magic(root):
            found = [str(each) for each in system.glob(root)]
        else:
            found = [str(each) for each in system.find(root)]
    except OSError as error:
        raise DataError(f"{source} cannot be listed ({error}). Correct the address, or the permission.") from error
    is_file = found == [root]
    inner = [path for path in found if is_file or not _is_hidden(path.removeprefix(root))]
    rows = f"{_whole_address(output)}/" if is_address(output) else None
    files = sorted(str(system.unstrip_protocol(path)) for path in inner)
    files = [file for file in files if rows is None or not file.startswith(rows)]
    _refuse_films(files)
    pictures = files if is_file else [file for file in files if suffix_of(file) in IMAGE_SUFFIXES]
    tables = [file for file in files if suffix_of(file) == _TABLE]
    if tables and (is_file or not pictures):
        return pictures_of_tables(tables)
    if pictures:
        return [work_table(pictures, pictures)]
    raise DataError(
        f"There is no picture behind {source}. Correct the address; supported are Parquet, {', '.join(IMAGE_SUFFIXES)}."
    )


def _whole_address(folder: str) -> str:
    system, root = file_system_of(folder)
    return str(system.unstrip_protocol(root)).rstrip("/")


def _is_hidden(path: str) -> bool:
    return any(is_hidden(part) for part in PurePosixPath(path.lstrip("/")).parts)


def _refuse_films(files: Sequence[str]) -> None:
    films = [file for file in files if suffix_of(file) in VIDEO_SUFFIXES]
    if films:
        raise ConfigError(
            f"source: {films[0]} is a film, and a cluster looks at pictures. Leave out --engine ray for films, or name "
            "the pictures by a pattern, for instance 'photos/*.jpg'."
        )
