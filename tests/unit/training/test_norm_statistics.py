"""What two processes share: statistics of norms, gradients that wait for a step, norms over both."""

from pathlib import Path

import torch
from tests.loaded_python import LoadedPython
from torch import Tensor, distributed, multiprocessing, nn

from boxwright.criterion.level_balance import LevelBalance
from boxwright.losses import WiseIoULoss
from boxwright.models.synchronized_norm import SynchronizedNorm
from boxwright.over_processes import shared_divisor
from boxwright.training.norm_statistics import share_statistics, take_buffers_of_first
from boxwright.training.summed_gradients import shared_gradients
from boxwright.training.synchronized_norms import SynchronizedNorms

BOXES = torch.tensor([[0.0, 0, 4, 4], [0, 0, 2, 2]])
OTHERS = torch.tensor([[2.0, 0, 6, 4], [0, 0, 2, 2]])


def _model() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Conv2d(4, 2, 1), nn.BatchNorm2d(2))


def _images() -> Tensor:
    return torch.randn(4, 3, 5, 5, generator=torch.Generator().manual_seed(1))


def _found(images: Tensor, *, is_synchronized: bool) -> dict[str, Tensor]:
    """Takes a step's gradients on some images; gives gradients and statistics."""
    model = _model()
    model[3].eval()  # a frozen one stays
    norms = SynchronizedNorms(torch.device("cpu"))
    if is_synchronized:
        norms.apply(model)
        assert isinstance(model[1], SynchronizedNorm)
    (model(images).square() * torch.arange(25.0).view(5, 5)).mean().backward()
    share_statistics(model, len(images))
    norms.revert(model)
    assert type(model[1]) is nn.BatchNorm2d
    return shared_gradients(model) | dict(model.named_buffers())


def _on_one_of_two(rank: int, folder: str) -> None:
    distributed.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
    own = _images()[rank::2]
    balance, wise = LevelBalance((1.0, 1.0), is_moving=True, reference=0, rate=0.5), WiseIoULoss(momentum=0.5)
    balance(torch.tensor([1.0, 1.0 + 2 * rank]))
    wise(BOXES[: 2 * rank], OTHERS[: 2 * rank])  # the first has no pair
    for part in (balance, wise):
        part.after_step()
    norm = nn.BatchNorm2d(1)
    norm.running_mean += rank
    take_buffers_of_first(norm)
    numbers = {"balance": balance.weights, "wise": wise.mean, "of_first": norm.running_mean}
    numbers |= {"divisor": shared_divisor(torch.tensor([0.0, 3.0 * rank]), 1)}
    torch.save((numbers, *(_found(own, is_synchronized=kind) for kind in (True, False))), f"{folder}/{rank}.pt")
    distributed.destroy_process_group()


def in_two_processes(folder: str) -> None:
    """Is run by a process that has loaded everything: two that load it themselves take seconds."""
    multiprocessing.start_processes(_on_one_of_two, args=(folder,), nprocs=2, start_method="fork")


def test_two_processes_share_what_one_would_have(tmp_path: Path, loaded_python: LoadedPython) -> None:
    done = loaded_python.run("-c", f"from {__name__} import in_two_processes as run; run({str(tmp_path)!r})")
    assert done.returncode == 0, done.stderr
    first, second = (torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1))
    for one, other in zip(first, second, strict=True):
        assert all(torch.equal(other[name], value) for name, value in one.items())
    numbers, synchronized, averaged = first
    assert numbers["balance"].tolist() == [1.0, 0.75], "by the mean losses 1 and 2"
    assert abs(numbers["wise"].item() - (1 + (2 / 3 + 0) / 2) / 2) < 1e-6, "by the pairs of both"
    assert numbers["of_first"].item() == 0
    assert numbers["divisor"].tolist() == [0.5, 1.5]
    whole = _found(_images(), is_synchronized=False)
    for name, value in whole.items():
        torch.testing.assert_close(synchronized[name], value, rtol=1e-5, atol=1e-6)
    parts = [_found(_images()[rank::2], is_synchronized=False) for rank in (0, 1)]
    for name in ("1.running_mean", "1.running_var"):
        torch.testing.assert_close(averaged[name], (parts[0][name] + parts[1][name]) / 2)
    assert torch.equal(averaged["3.running_var"], torch.ones(2))


def test_one_process_keeps_its_own() -> None:
    model = _model()
    model(_images()).sum().backward()
    before = {name: value.clone() for name, value in model.named_buffers()}
    share_statistics(model, 4)
    take_buffers_of_first(model)
    assert all(torch.equal(value, before[name]) for name, value in model.named_buffers())
    assert set(shared_gradients(model)) == {name for name, _ in model.named_parameters()}
