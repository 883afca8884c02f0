"""Ray Data as the engine: tasks that read, a pool of actors that find, and what is found as a stream."""

import inspect
import logging
import os
import signal
import threading
import warnings
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow

from boxwright.cluster.finder import Finder
from boxwright.cluster.picture_reader import read_pictures
from boxwright.errors import BoxwrightError, ConfigError, counted
from boxwright.prediction.row_predictor import RowPredictor

TRIES = 3
"""How often pictures are given to a further process after one was lost over them, which they may be the cause of."""
_BLOCK = 2**25  # bytes of pictures that travel together


@contextmanager
def connected() -> Iterator[tuple[int, int]]:
    """Joins the cluster that RAY_ADDRESS or this machine knows, or starts one of this machine for the block.

    Gives the numbers of its CPUs and GPUs.

    Raises:
        BoxwrightError: The cluster does not answer, or does not let anybody in who has no token.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody unasked
    import ray

    was_there, before = ray.is_initialized(), signal.getsignal(signal.SIGTERM)
    if not was_there:
        try:
            ray.init(include_dashboard=False, logging_level=logging.ERROR, log_to_driver=False)
        except (ConnectionError, RuntimeError) as error:
            first = str(error).strip().partition("\n")[0].rstrip(". ")
            raise BoxwrightError(
                f"The cluster of Ray does not answer ({first}). Look whether RAY_ADDRESS is right (it is "
                f"{os.environ.get('RAY_ADDRESS')}), and whether the cluster wants a token (RAY_AUTH_TOKEN)."
            ) from error
        _keep_handler(before)  # Ray takes SIGTERM, and the command line has its own
    try:
        resources = ray.cluster_resources()
        yield int(resources.get("CPU", 0)), int(resources.get("GPU", 0))
    finally:
        if not was_there:
            ray.shutdown()


def _keep_handler(before: Any) -> None:
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, before)


def number_of_actors(asked: int | None, device: str, resources: tuple[int, int], most: int) -> tuple[int, bool]:
    """Says how many actors there are to be, and whether each takes a GPU.

    Args:
        asked: By somebody; if left out, one for each GPU, or for each CPU but one.
        device: Where networks run, as the setting says it.
        resources: CPUs and GPUs of the cluster.
        most: More would find nothing to do.

    Raises:
        ConfigError: A GPU is asked for, and the cluster has none.
    """
    cpus, gpus = resources
    if device.startswith("cuda") and not gpus:
        raise ConfigError(f"device is {device}, and the cluster has no GPU. Leave it out, or add machines with GPUs.")
    is_gpu = gpus > 0 and device != "cpu"
    usual = gpus if is_gpu else max(cpus - 1, 1)
    return asked or min(usual, max(most, 1)), is_gpu


def found_by_ray(
    blocks: Sequence[pyarrow.Table], predictor: RowPredictor, actors: int, *, is_gpu: bool, rows: int
) -> Generator[pyarrow.Table, None, None]:
    """Gives rows as they are found, each once, in any order; what a lost process had begun is begun again elsewhere.

    Args:
        blocks: Pictures to look at.
        predictor: For every actor.
        actors: How many.
        is_gpu: Whether each takes a GPU.
        rows: Pictures that are handed to an actor at once.

    Raises:
        BoxwrightError: A process met an error, or was lost over the same pictures each time.
    """
    import ray.data
    from ray.exceptions import RayError

    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    work = ray.data.from_arrow(list(blocks))
    work.context.enable_progress_bars = False
    work.context.print_on_execution_start = False
    work.context.target_max_block_size = _BLOCK
    # readers wait for disks and networks: they take no CPU, so that actors may take all of them
    read = work.map_batches(read_pictures, batch_format="pyarrow", batch_size=None, num_cpus=0, concurrency=actors)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of settings that have no other name yet
        found = read.map_batches(
            Finder,
            fn_constructor_args=(predictor,),
            batch_format="pyarrow",
            batch_size=rows,
            concurrency=actors,
            num_cpus=1,
            num_gpus=1 if is_gpu else 0,
            **_bounded_tries(read),
        )
    try:
        yield from found.iter_batches(batch_format="pyarrow", batch_size=None)
    except RayError as error:
        raise explained(error) from error


def _bounded_tries(data: Any) -> dict[str, Any]:
    """Gives an end to trying again, which Ray does for ever, where this version of it lets it be said."""
    takes = {each.kind for each in inspect.signature(data.map_batches).parameters.values()}
    is_said = inspect.Parameter.VAR_KEYWORD in takes
    return {"max_restarts": -1, "max_task_retries": TRIES} if is_said else {}


def explained(error: Exception) -> BoxwrightError:
    """Finds the error of boxwright in one that came over the cluster, or says that the cluster has given up.

    Args:
        error: Of Ray.
    """
    cause: Any = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        inner = getattr(cause, "cause", None)  # what travelled; the outer one may pass for it, with all tracebacks
        if inner is None and isinstance(cause, BoxwrightError):
            return cause
        cause = inner or cause.__cause__ or cause.__context__
    lines = [line for line in str(error).strip().splitlines() if line.strip()]
    return BoxwrightError(
        f"The cluster has given up: {lines[-1].strip() if lines else type(error).__name__} A process that is lost is "
        f"tried again {counted(TRIES, 'time')}; where it is lost each time, look at its memory, or lower --batch_size. "
        "What is written is whole: the same command again goes on."
    )
