from pathlib import Path

import torch
from torch import distributed, multiprocessing

from boxwright.over_processes import images_per_process, mean_over_processes
from boxwright.prior_generators import PointGrid
from boxwright.reducers import ByPositives
from tests.contracts.assignments import assignment_of
from tests.loaded_python import LoadedPython


def test_one_process_keeps_its_number() -> None:
    assert mean_over_processes(torch.tensor(3.0)).item() == 3
    assert images_per_process(3, torch.zeros(2)) == 3


def in_two_processes(folder: str) -> None:
    """Is run by a process that has loaded everything: two that load it themselves take seconds."""
    multiprocessing.start_processes(_reduce_on_one_rank, args=(folder,), nprocs=2, start_method="fork")


def test_two_processes_share_one_divisor(tmp_path: Path, loaded_python: LoadedPython) -> None:
    """Rank 0 has 1 positive, rank 1 has 3: both divide by 2."""
    done = loaded_python.run("-c", f"from {__name__} import in_two_processes as run; run({str(tmp_path)!r})")
    assert done.returncode == 0, done.stderr
    for rank, positives in enumerate((1, 3)):
        shared, own, images = torch.load(tmp_path / f"{rank}.pt")
        assert images.item() == 1.5, "of 3 and of none"
        assert shared == 6 / 2
        assert own == 6 / positives


def _reduce_on_one_rank(rank: int, folder: str) -> None:
    distributed.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
    priors = PointGrid((8,))((16, 16))
    index = torch.arange(1 + 2 * rank)
    assignment = assignment_of(index * 0, index, index, torch.ones(len(index)), torch.zeros(1, 4, dtype=torch.bool))
    values = torch.tensor([[1.0, 2.0, 3.0, 0.0]])
    shared, own = (
        ByPositives(epsilon=0.0, average_over_ranks=together)(values, assignment, priors).item()
        for together in (True, False)
    )
    images = images_per_process(3 * rank, values)
    torch.save((shared, own, images), f"{folder}/{rank}.pt")
    distributed.destroy_process_group()
