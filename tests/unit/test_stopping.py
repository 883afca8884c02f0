import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from boxwright import stopping
from boxwright.errors import Terminated
from boxwright.stopping import is_usual, let_loaders_die, stoppable

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = [signal.getsignal(number) for number in SIGNALS]
    yield
    for number, handler in zip(SIGNALS, before, strict=True):
        signal.signal(number, handler)


def tell(number: int) -> None:
    os.kill(os.getpid(), number)


def tell_and_clean(number: int, *others: int) -> list[int]:
    """Tells the process to end, and to end again while it cleans; gives what was cleaned."""
    cleaned = []
    with suppress(KeyboardInterrupt):
        try:
            tell(number)
        finally:
            for other in others:
                tell(other)
            cleaned.append(number)
    return cleaned


@pytest.mark.parametrize(
    ("number", "kind"),
    [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated), (signal.SIGHUP, Terminated)],
)
def test_what_would_end_the_process_lets_it_clean_up(number: int, kind: type[KeyboardInterrupt]) -> None:
    outside = signal.getsignal(number)  # a shell without a terminal lets SIGHUP be ignored
    before = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
    try:
        signal.signal(number, before)
        with stoppable() as stop:
            assert tell_and_clean(number) == [number]
        assert stop.error is kind
        assert signal.getsignal(number) is before
    finally:
        signal.signal(number, outside)


def test_the_error_comes_out() -> None:
    with pytest.raises(Terminated), stoppable():
        tell(signal.SIGTERM)


def test_a_second_stroke_does_not_stop_the_cleaning() -> None:
    with stoppable():
        assert tell_and_clean(signal.SIGTERM, signal.SIGTERM, signal.SIGINT) == [signal.SIGTERM]


def test_one_that_comes_later_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "ONE_STROKE", 0.0)
    with stoppable() as stop:
        assert not tell_and_clean(signal.SIGTERM, signal.SIGINT)
    assert stop.error is KeyboardInterrupt


@pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda *_: None])
@pytest.mark.parametrize("number", SIGNALS[:3])
def test_what_somebody_else_handles_or_ignores_is_left_alone(number: int, handler: object) -> None:
    signal.signal(number, handler)  # type: ignore[arg-type]
    with stoppable() as stop:
        tell(number)
        assert signal.getsignal(number) is handler
    assert stop.error is None


def test_it_can_be_entered_in_any_thread() -> None:
    done = []

    def run() -> None:
        with stoppable():
            done.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert done == [signal.SIG_DFL]


def test_a_forked_process_ends_as_it_would() -> None:
    with stoppable() as stop:
        child = os.fork()
        if not child:
            tell(signal.SIGTERM)
            os._exit(0)
        _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGTERM
    assert stop.error is None


def test_loaders_may_die() -> None:
    def explode(*_: object) -> None:
        raise RuntimeError("a loader died")

    signal.signal(signal.SIGCHLD, explode)
    let_loaders_die()
    tell(signal.SIGCHLD)


def test_what_is_usual_is_told_from_what_somebody_handles() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with stoppable():
        assert [is_usual(number) for number in SIGNALS[:3]] == [True, True, False]
        signal.signal(signal.SIGTERM, lambda *_: None)
        assert not is_usual(signal.SIGTERM)
