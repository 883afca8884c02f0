import threading
import time

import pytest

from boxwright.prediction.overlap import in_order, read_ahead


@pytest.mark.parametrize("threads", [0, 1, 4])
def test_results_come_in_the_order_of_the_items(threads):
    def work(item: int) -> int:
        time.sleep(0.01 if item % 2 else 0)
        return item * item

    assert list(in_order(range(20), work, threads=threads)) == [item * item for item in range(20)]


def test_items_are_worked_on_at_the_same_time():
    meeting = threading.Barrier(2, timeout=20)
    assert list(in_order(range(2), lambda item: meeting.wait() is not None, threads=2)) == [True, True]


@pytest.mark.parametrize(("threads", "ahead", "most"), [(0, None, 1), (2, None, 5), (1, 3, 4)])
def test_no_more_is_begun_than_is_said(threads, ahead, most):
    taken = []

    def items():
        for item in range(50):
            taken.append(item)
            yield item

    results = in_order(items(), lambda item: item, threads=threads, ahead=ahead)
    assert not taken
    for given in range(10):
        assert next(results) == given
        assert len(taken) <= given + most
    results.close()


@pytest.mark.parametrize("threads", [0, 3])
@pytest.mark.parametrize("where", ["work", "items"])
def test_an_error_comes_after_the_results_before_it(threads, where):
    def items():
        yield from range(5)
        if where == "items":
            raise ZeroDivisionError
        yield from range(5, 9)

    def work(item: int) -> int:
        if where == "work" and item == 5:
            raise ZeroDivisionError
        return item

    seen = []
    with pytest.raises(ZeroDivisionError):
        seen.extend(in_order(items(), work, threads=threads))
    results = in_order(items(), work, threads=threads)
    for _ in range(5):
        seen.append(next(results))
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert seen[-5:] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("threads", [0, 2])
def test_who_stops_early_leaves_no_thread_and_closes_the_items(threads):
    closed = []

    def items():
        try:
            yield from range(100)
        finally:
            closed.append(True)

    before = threading.active_count()
    results = in_order(items(), lambda item: item, threads=threads)
    next(results)
    results.close()
    assert closed == [True]
    assert threading.active_count() == before


def test_reading_ahead_takes_a_bounded_number_in_another_thread():
    taken = []

    def items():
        for item in range(50):
            taken.append(threading.get_ident())
            yield item

    read = read_ahead(items(), 3)
    assert next(read) == 0
    assert next(read) == 1
    read.close()
    assert len(taken) <= 6
    assert threading.get_ident() not in taken
    assert list(read_ahead(iter(range(7)), 3)) == list(range(7))
    assert list(read_ahead([], 3)) == []


def test_an_error_of_what_is_read_ahead_comes_in_its_place():
    def items():
        yield 1
        raise ZeroDivisionError

    read = read_ahead(items(), 4)
    assert next(read) == 1
    with pytest.raises(ZeroDivisionError):
        next(read)
