import os
import signal
import sys
import threading
from collections.abc import Iterator

import lightning
import pytest

from boxwright.errors import Terminated
from boxwright.training.interruption import interruptible


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


class Told(lightning.Trainer):
    received_sigterm = True


class NotTold(lightning.Trainer):
    received_sigterm = False


def trainer(*, told: bool) -> lightning.Trainer:
    """As far as it is asked."""
    kind = Told if told else NotTold
    return kind.__new__(kind)


def raise_it(error: BaseException | None) -> None:
    if error is not None:
        raise error


def interrupt_as_lightning_does(kind: type[KeyboardInterrupt] = KeyboardInterrupt) -> None:
    try:
        raise kind
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.exit(1)


def explode(*_: object) -> None:
    raise RuntimeError("a loader died")


@pytest.mark.parametrize("ended", [SystemExit(), RuntimeError("DataLoader worker is killed"), None])
def test_however_the_training_ended_after_sigterm_it_was_terminated(ended: BaseException | None) -> None:
    with pytest.raises(Terminated) as found, interruptible(trainer(told=True)):
        raise_it(ended)
    assert found.value.__cause__ is ended


def test_loaders_may_die_after_it() -> None:
    signal.signal(signal.SIGCHLD, explode)
    with pytest.raises(Terminated), interruptible(trainer(told=True)):
        raise RuntimeError("the first loader died")
    os.kill(os.getpid(), signal.SIGCHLD)


def test_nothing_listens_while_lightning_does_not() -> None:
    """The signal then ends the process, as it does any; a launcher of others too."""
    with interruptible(trainer(told=False)):
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize("ended", [SystemExit(7), KeyError("mine")])
def test_a_handler_of_the_caller_decides(ended: BaseException) -> None:
    signal.signal(signal.SIGTERM, explode)
    with pytest.raises(type(ended)) as found, interruptible(trainer(told=True)):
        raise ended
    assert found.value is ended
    assert signal.getsignal(signal.SIGTERM) is explode


@pytest.mark.parametrize("ended", [SystemExit(3), ValueError("mine")])
def test_other_ends_go_through(ended: BaseException) -> None:
    with pytest.raises(type(ended)) as found, interruptible(trainer(told=False)):
        raise ended
    assert found.value is ended


@pytest.mark.parametrize("is_of_python", [True, False])
def test_ctrl_c_goes_through_and_can_come_again(is_of_python: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    signal.signal(signal.SIGINT, explode)
    if not is_of_python:
        monkeypatch.setattr(signal, "getsignal", lambda _: None)
    with pytest.raises(KeyboardInterrupt), interruptible(trainer(told=False)):
        interrupt_as_lightning_does()
    monkeypatch.undo()
    assert signal.getsignal(signal.SIGINT) is (explode if is_of_python else signal.SIG_IGN)


def test_it_can_be_entered_in_any_thread() -> None:
    done = []

    def run() -> None:
        with interruptible(trainer(told=False)):
            done.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert done


@pytest.mark.parametrize("kind", [KeyboardInterrupt, Terminated])
def test_what_the_handler_of_the_caller_raised_comes_out_as_such(kind: type[KeyboardInterrupt]) -> None:
    def end(*_: object) -> None:
        raise kind

    signal.signal(signal.SIGTERM, end)
    with pytest.raises(KeyboardInterrupt) as found, interruptible(trainer(told=True)):
        interrupt_as_lightning_does(kind)
    assert found.type is kind
