"""Ending a training from outside: how it comes out, and that it is saved where it is."""

import csv
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import lightning
import pytest
import torch
from lightning.pytorch.utilities.exceptions import SIGTERMException
from tests.end_to_end.tiny_data import write_tiny_data

from boxwright.errors import Terminated
from boxwright.structures import Batch
from boxwright.training import interruption, train
from boxwright.training.interruption import Interruption, interruptible
from boxwright.training.module import TrainingModule


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
    processes = 1
    plan: object = None
    world_size = property(lambda self: self.processes)
    strategy = property(lambda self: self.plan)


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
    with pytest.raises(Terminated) as found, interruptible(trainer(told=True), Interruption()):
        raise_it(ended)
    assert found.value.__cause__ is ended


def test_loaders_may_die_after_it() -> None:
    signal.signal(signal.SIGCHLD, explode)
    with pytest.raises(Terminated), interruptible(trainer(told=True), Interruption()):
        raise RuntimeError("the first loader died")
    os.kill(os.getpid(), signal.SIGCHLD)


def test_nothing_listens_while_lightning_does_not() -> None:
    """The signal then ends the process, as it does any; a launcher of others too."""
    with interruptible(trainer(told=False), Interruption()):
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize("ended", [SystemExit(7), KeyError("mine")])
def test_a_handler_of_the_caller_decides(ended: BaseException) -> None:
    signal.signal(signal.SIGTERM, explode)
    with pytest.raises(type(ended)) as found, interruptible(trainer(told=True), Interruption()):
        raise ended
    assert found.value is ended
    assert signal.getsignal(signal.SIGTERM) is explode


@pytest.mark.parametrize("ended", [SystemExit(3), ValueError("mine")])
def test_other_ends_go_through(ended: BaseException) -> None:
    with pytest.raises(type(ended)) as found, interruptible(trainer(told=False), Interruption()):
        raise ended
    assert found.value is ended


@pytest.mark.parametrize("is_of_python", [True, False])
def test_ctrl_c_goes_through_and_can_come_again(is_of_python: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    signal.signal(signal.SIGINT, explode)
    if not is_of_python:
        monkeypatch.setattr(signal, "getsignal", lambda _: None)
    with pytest.raises(KeyboardInterrupt), interruptible(trainer(told=False), Interruption()):
        interrupt_as_lightning_does()
    monkeypatch.undo()
    assert signal.getsignal(signal.SIGINT) is (explode if is_of_python else signal.SIG_IGN)


def test_it_can_be_entered_in_any_thread() -> None:
    done = []

    def run() -> None:
        with interruptible(trainer(told=False), Interruption()):
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
    with pytest.raises(KeyboardInterrupt) as found, interruptible(trainer(told=True), Interruption()):
        interrupt_as_lightning_does(kind)
    assert found.type is kind


TINY = {"canvas": 64, "batch_size": 2, "epochs": 2, "workers": 0, "logger": "csv", "accelerator": "cpu"}
TIMES = ("seconds", "images_per_second", "time_data", "time_forward", "time_loss", "time_backward", "time_step")


def _known(run: Path) -> tuple[list[dict[str, str]], dict[str, torch.Tensor], bytes]:
    """What a training leaves: its rows without times, its last state, and the rows of its objects."""
    with (run / "metrics.csv").open() as file:
        rows = [{name: cell for name, cell in row.items() if name not in TIMES} for row in csv.DictReader(file)]
    state = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    weights = {**state["state_dict"], **state["average"]["weights"], "updates": state["average"]["updates"]}
    return rows, weights, (run / "objects" / "0.csv").read_bytes()


def _require_same(run: Path, whole: Path) -> None:
    (rows, weights, objects), (all_rows, all_weights, all_objects) = _known(run), _known(whole)
    assert rows == all_rows
    assert all(
        torch.equal(torch.as_tensor(value), torch.as_tensor(weights[name])) for name, value in all_weights.items()
    )
    assert objects == all_objects


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training that nothing interrupts, and its data."""
    folder = tmp_path_factory.mktemp("whole")
    write_tiny_data(folder / "data")
    return train(folder / "data", output=folder, log_objects="csv", name="whole", **TINY).directory


def _struck(act: Callable[[], object], method: str, epoch: int, index: int) -> Callable[..., object]:
    inner = getattr(TrainingModule, method)

    def struck(module: TrainingModule, batch: object, batch_idx: int) -> object:
        if (module.current_epoch, batch_idx) == (epoch, index):
            act()
        return inner(module, batch, batch_idx)

    return struck


@pytest.mark.parametrize(
    ("number", "method", "epoch", "index", "position"),
    [
        (signal.SIGINT, "training_step", 0, 0, (0, 1)),
        (signal.SIGTERM, "training_step", 1, 2, (1, 3)),
        (signal.SIGINT, "training_step", 0, 3, (0, 4)),  # the last one: before the validation
        (signal.SIGTERM, "validation_step", 0, 0, (0, 4)),
        (signal.SIGINT, "validation_step", 1, 1, (1, 4)),  # the last one
    ],
)
def test_a_training_that_is_told_to_end_goes_on_as_if_nothing_had_happened(
    number: int,
    method: str,
    epoch: int,
    index: int,
    position: tuple[int, int],
    whole: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(TrainingModule, method, _struck(lambda: os.kill(os.getpid(), number), method, epoch, index))
    kind = KeyboardInterrupt if number == signal.SIGINT else Terminated
    with pytest.raises(KeyboardInterrupt) as ended:
        train(whole.parent / "data", output=tmp_path, log_objects="csv", name="run", **TINY)
    assert ended.type is kind
    monkeypatch.undo()
    run = tmp_path / "run"
    state = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    assert (state["epochs_done"], state["batches_done"]) == position
    train(resume=run)
    _require_same(run, whole)


def test_a_killed_training_goes_on_from_the_last_batches(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ends it in the middle of a step leaves the checkpoint of before."""

    def die() -> None:
        raise MemoryError

    monkeypatch.setattr(TrainingModule, "training_step", _struck(die, "training_step", 1, 3))
    with pytest.raises(MemoryError):
        train(whole.parent / "data", output=tmp_path, log_objects="csv", name="run", checkpoint_every=2, **TINY)
    monkeypatch.undo()
    state = torch.load(tmp_path / "run" / "checkpoints" / "last.ckpt", weights_only=True)
    assert (state["epochs_done"], state["batches_done"]) == (1, 2)
    train(resume=tmp_path / "run")
    _require_same(tmp_path / "run", whole)


def test_a_second_signal_ends_it_at_once(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interruption, "ONE_STROKE", 0.0)

    def twice() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(TrainingModule, "training_step", _struck(twice, "training_step", 0, 2))
    with pytest.raises(KeyboardInterrupt):
        train(whole.parent / "data", output=tmp_path, name="run", **TINY)
    assert not (tmp_path / "run" / "checkpoints" / "last.ckpt").exists()


@pytest.mark.parametrize("is_told", [True, False])
def test_several_processes_end_at_the_same_batch(is_told: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of them was told: the others hear of it when all ask."""
    asked = []

    def of_all(own: torch.Tensor) -> torch.Tensor:
        asked.append(int(own))
        return torch.tensor(1)

    monkeypatch.setattr(interruption, "sum_over_processes", of_all)
    two = trainer(told=False)
    two.processes, two.plan = 2, SimpleNamespace(root_device=torch.device("cpu"))
    one = Interruption()
    one.error = KeyboardInterrupt if is_told else None
    with pytest.raises(SIGTERMException):
        one.end_if_told(two)
    assert asked == [is_told]
    assert one.error is (KeyboardInterrupt if is_told else Terminated)
    assert one.exit_code == (130 if is_told else 143)


def test_a_dead_loader_is_heard_of_between_two_steps() -> None:
    signal.signal(signal.SIGCHLD, explode)
    one, alone = Interruption(), trainer(told=False)
    module, batch = TrainingModule.__new__(TrainingModule), Batch.__new__(Batch)
    one.on_train_start(alone, module)
    one.on_train_batch_start(alone, module, batch, 0)
    os.kill(os.getpid(), signal.SIGCHLD)
    with pytest.raises(RuntimeError, match="a loader died"):
        one.end_if_told(alone)
    one.end_if_told(alone)
    with interruptible(alone, one):
        pass
    assert signal.getsignal(signal.SIGCHLD) is explode, "who loads data later hears of it as ever"
