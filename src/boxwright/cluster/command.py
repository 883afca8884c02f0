"""From a model and very many pictures to rows of a table, by a cluster."""

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow

from boxwright.cluster.ray_engine import connected, found_by_ray, number_of_actors
from boxwright.cluster.row_origin import origin_of_rows
from boxwright.cluster.row_store import RowStore
from boxwright.cluster.source_pictures import pictures_of
from boxwright.cluster.work import in_blocks, left_to_do
from boxwright.errors import counted
from boxwright.prediction.row_predictor import RowPredictor
from boxwright.settings.cluster import (
    ROWS_PER_FILE,
    require_installed,
    require_pictures,
    require_workforce,
    rows_folder,
)

logger = logging.getLogger("boxwright")
_MOST_AT_ONCE = 64  # pictures that an actor is given
_BLOCKS = 4  # of each actor, so that none waits long for the last


@dataclass(frozen=True, slots=True)
class ClusterRun:
    """What became of a prediction over a cluster.

    Args:
        folder: Where the rows are.
        images: Pictures of the source; each has a row.
        before: How many of them had one before this start.
        objects: Found by this start.
        faults: Path and reason of every picture of the source that could not be read, also of earlier starts.
    """

    folder: str
    images: int
    before: int
    objects: int
    faults: dict[str, str]


def predict_over_cluster(
    model: str | Path,
    source: str,
    output: str,
    *,
    actors: int | None = None,
    rows_per_file: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    **settings: Any,
) -> ClusterRun:
    """Finds objects in pictures on a cluster of Ray, and writes a row for each; a second start goes on with the first.

    Args:
        model: As for `RowPredictor`; all machines see it under this path.
        source: File, folder, pattern or address of pictures or Parquet files, which all machines see too.
        output: `parquet:DIR`, where DIR is a folder or an address; only this process writes there.
        actors: Processes with a network each; if left out, one for each GPU, or for each CPU but one.
        rows_per_file: Rows of one file of the output, 1000 if left out.
        progress: Is told how many pictures of how many have a row.
        **settings: Of `RowPredictor`.

    Raises:
        DataError: The model or the source is not usable.
        ConfigError: A setting is impossible, or the output holds something else.
        MissingExtraError: Ray is not installed.
    """
    require_installed()
    wanted = ROWS_PER_FILE if rows_per_file is None else rows_per_file
    require_workforce(actors, wanted)
    require_pictures(source)
    folder = rows_folder(output)
    predictor = RowPredictor(model, **settings)
    _, said = predictor.check()
    store = RowStore(folder, origin_of_rows(predictor), wanted)
    pictures = pictures_of(source, folder)
    paths = [path for table in pictures for path in table["path"].to_pylist()]
    left = left_to_do(pictures, store.done)
    total, before = len(paths), len(paths) - sum(table.num_rows for table in left)
    logger.info(said)
    if before:
        logger.info("%s of %s have a row in %s, and are passed over.", f"{before:,}", counted(total, "image"), folder)
    objects = _look_at(left, predictor, store, actors, lambda done: progress(before + done, total)) if left else 0
    store.flush(also_empty=True)
    return ClusterRun(
        folder, total, before, objects, {path: store.faults[path] for path in paths if path in store.faults}
    )


def _look_at(
    left: list[pyarrow.Table],
    predictor: RowPredictor,
    store: RowStore,
    actors: int | None,
    progress: Callable[[int], None],
) -> int:
    """Looks at pictures, and gives the number of objects; what was found is written also where an error ends it."""
    todo, done, objects = sum(table.num_rows for table in left), 0, 0
    device = str(predictor.settings.get("device", "auto"))
    with connected() as resources:
        count, is_gpu = number_of_actors(actors, device, resources, todo)
        rows = _rows_at_once(todo, count, int(predictor.settings.get("batch_size", 8)))
        logger.info(
            "%s on %s",
            counted(todo, "image"),
            counted(count, "GPU" if is_gpu else "process", None if is_gpu else "processes"),
        )
        try:
            with closing(found_by_ray(in_blocks(left, rows), predictor, count, is_gpu=is_gpu, rows=rows)) as found:
                for table in found:
                    done += table.num_rows
                    objects += sum(len(scores or ()) for scores in table["scores"].to_pylist())
                    if store.add(table):
                        logger.info("%s of %s", f"{done:,}", counted(todo, "image"))
                    progress(done)
        finally:
            store.flush()
    return objects


def _rows_at_once(todo: int, actors: int, batch_size: int) -> int:
    """Hands out whole batches, and so few that every actor gets some."""
    share = min(-(-todo // (actors * _BLOCKS)), _MOST_AT_ONCE)
    return max(-(-share // batch_size), 1) * batch_size
