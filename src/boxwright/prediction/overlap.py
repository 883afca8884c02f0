"""Doing work beside other work: several items at once, or the next ones ahead, in order, and never without a bound."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import repeat
from typing import Any, TypeVar

Item = TypeVar("Item")
Done = TypeVar("Done")
_END: Any = object()


def in_order(
    items: Iterable[Item], work: Callable[[Item], Done], *, threads: int, ahead: int | None = None
) -> Generator[Done, None, None]:
    """Works on several items at once and gives what became of them in their order.

    Items are taken in the thread that asks for results. An error comes where its item would have come, whether the work
    or the items raise it. Whoever stops early closes the iterator: what runs is waited for, and the items are closed.

    Args:
        items: Are taken one by one.
        work: Runs in another thread.
        threads: That work; 0 works on one item after the other in the thread that asks.
        ahead: Items that are begun before the first is asked for; twice the threads if left out.
    """
    source = iter(items)
    if not threads:
        try:
            for item in source:
                yield work(item)
        finally:
            _close(source)
        return
    waiting: deque[Future[Done]] = deque()
    most = 2 * threads if ahead is None else ahead
    pool = ThreadPoolExecutor(threads, thread_name_prefix="boxwright")
    fault = None
    try:
        while fault is None:
            try:
                item = next(source, _END)
            except Exception as error:
                fault = error  # after the items before it
                break
            if item is _END:
                break
            waiting.append(pool.submit(work, item))
            if len(waiting) > most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
        if fault is not None:
            raise fault
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        _close(source)


def read_ahead(items: Iterable[Item], most: int) -> Generator[Item, None, None]:
    """Takes items in a thread of its own, ahead of whoever asks for them.

    Args:
        items: Are taken one by one.
        most: That wait; 0 takes one when it is asked for, without a thread.
    """
    source = iter(items)
    if not most:
        yield from source
        return
    taken = in_order(repeat(None), lambda _: next(source, _END), threads=1, ahead=most)
    try:
        for item in taken:
            if item is _END:
                return
            yield item
    finally:
        _close(taken)
        _close(source)


def _close(source: Any) -> None:
    """Ends a generator, which may hold a file open."""
    if hasattr(source, "close"):
        source.close()
