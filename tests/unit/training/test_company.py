"""Hearing of other processes."""

import signal
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import Any

import lightning
import pytest
import torch

from boxwright.errors import DataError, TrainingError
from boxwright.training import company
from boxwright.training.company import in_company, is_lost_connection
from boxwright.training.interruption import Interruption


class _Two(lightning.Trainer):
    """As far as it is asked."""

    world_size, global_rank = 2, 0
    processes: tuple[Any, ...] = ()
    strategy = property(lambda self: SimpleNamespace(launcher=SimpleNamespace(procs=self.processes)))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(company, "HEARS_WITHIN", 0.3)
    monkeypatch.setattr(company, "LOOKS_EVERY", 0.05)


def _two(*processes: Any) -> _Two:
    trainer = _Two.__new__(_Two)
    trainer.processes = processes
    return trainer


def _ended(words: str) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen([sys.executable, "-S", "-c", words])
    process.wait()
    return process


LOST = RuntimeError("[/pytorch/third_party/gloo/gloo/transport/tcp/pair.cc:544] Connection closed by peer [::1]:9")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("import os; os.kill(os.getpid(), 9)", "was killed by SIGKILL, perhaps since the memory was used up"),
        ("import os; os.kill(os.getpid(), 11)", "was killed by SIGSEGV"),
        ("import sys; sys.exit(70)", "has ended with exit code 70; what it said stands above"),
    ],
)
def test_who_starts_a_process_says_how_it_ended(words: str, said: str) -> None:
    process = _ended(words)
    with pytest.raises(TrainingError) as found, in_company(_two(process), Interruption()):
        raise LOST
    assert f"Process 1 (pid {process.pid} on " in str(found.value)
    assert said in str(found.value)
    assert found.value.__cause__ is LOST


def test_a_connection_that_is_lost_without_a_reason_is_said() -> None:
    said = r"waited in vain for another process.*--collective_timeout"
    with pytest.raises(TrainingError, match=said), in_company(_two(), Interruption()):
        raise LOST


@pytest.mark.parametrize("error", [DataError("1.png is broken."), RuntimeError("mine"), ValueError("x")])
def test_an_error_of_this_process_is_its_own(error: Exception) -> None:
    with pytest.raises(type(error)) as found, in_company(_two(), Interruption()):
        raise error
    assert found.value is error


def test_processes_that_do_not_end_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(company, "GIVES_UP_AFTER", 0.1)
    process = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"])
    with pytest.raises(KeyboardInterrupt), in_company(_two(process), Interruption()):
        raise KeyboardInterrupt
    assert process.wait(5) == -signal.SIGKILL


def test_a_process_whose_starter_is_gone_hears_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(company.PARENT, "1000000000")
    said = r"\(pid 1000000000 on .*is gone without a word"
    with pytest.raises(TrainingError, match=said), in_company(_two(), Interruption()):
        raise LOST


def test_one_process_has_no_company() -> None:
    alone = _two()
    alone.__class__ = type("Alone", (_Two,), {"world_size": 1})
    with pytest.raises(RuntimeError) as found, in_company(alone, Interruption()):
        raise LOST
    assert found.value is LOST


def test_what_only_says_that_nobody_answers() -> None:
    assert is_lost_connection(LOST)
    assert is_lost_connection(torch.distributed.DistNetworkError("x"))
    assert not is_lost_connection(RuntimeError("mine"))
    assert not is_lost_connection(DataError("gloo.png is broken"))


def test_what_was_heard_is_said_after_the_process_that_keeps_the_word_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """That is the first one: where it has failed, the others learn it from the end of their connections."""
    words = ["Process 0 (pid 7 on here) has failed: the disk is full"]
    monkeypatch.setattr(company._Company, "_word_left", lambda _: words.pop() if words else None)

    def breaks_later() -> None:
        while words:  # the watch hears it
            time.sleep(0.01)
        time.sleep(0.1)
        raise LOST

    said = r"Process 0 .* the disk is full\. All processes"
    with pytest.raises(TrainingError, match=said), in_company(_two(), Interruption()):
        breaks_later()
