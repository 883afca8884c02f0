import numpy as np
import pytest
import torch.distributed
from torch.utils.data import DistributedSampler

from boxwright.data.loading.epoch_sampler import BLANK, DealingSampler, Draw, EpochSampler


def _drawn(length: int, epoch: int = 0, seed: int = 0) -> list[Draw]:
    sampler = EpochSampler(length, seed)
    sampler.set_epoch(epoch)
    drawn = list(sampler)
    assert len(drawn) == len(sampler)
    return drawn


def test_every_position_once() -> None:
    assert sorted(draw.position for draw in _drawn(11)) == list(range(11))


def test_order_follows_seed_and_epoch() -> None:
    assert _drawn(11, 3, 5) == _drawn(11, 3, 5)
    orders = {tuple(draw.position for draw in _drawn(11, epoch, seed)) for epoch in (0, 1) for seed in (0, 1)}
    assert len(orders) == 4


def test_draws_carry_the_epoch() -> None:
    assert {draw.epoch for draw in _drawn(4, 3)} == {3}


def test_lightning_leaves_it_in_place() -> None:
    assert isinstance(EpochSampler(3, 0), DistributedSampler)


@pytest.mark.parametrize(("length", "processes"), [(12, 3), (11, 3), (2, 3), (1, 4)])
def test_processes_share_the_images(length: int, processes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    single = [draw.position for draw in _drawn(length)]
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: processes)
    parts = []
    for rank in range(processes):
        monkeypatch.setattr(torch.distributed, "get_rank", lambda rank=rank: rank)
        parts.append([draw.position for draw in _drawn(length)])
    assert {len(part) for part in parts} == {-(-length // processes)}
    interleaved = [part[turn] for turn in range(len(parts[0])) for part in parts]
    assert interleaved[:length] == single
    assert interleaved[length:] == [BLANK] * (-length % processes), "no image comes twice"


@pytest.mark.parametrize("length", [1, 5, 7, 8])
def test_processes_measure_each_image_once(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = DealingSampler(length)
    assert list(sampler) == list(range(length))
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 2)
    parts = []
    for rank in range(2):
        monkeypatch.setattr(torch.distributed, "get_rank", lambda rank=rank: rank)
        parts.append(list(sampler))
        assert len(parts[-1]) == len(sampler) == -(-length // 2)
    assert parts[0] == list(range(0, length, 2))
    assert [position for position in parts[1] if position != BLANK] == list(range(1, length, 2))


def test_random_numbers_belong_to_the_draw() -> None:
    numbers = {
        Draw(epoch, position).generator(seed).integers(2**60)
        for epoch in range(3)
        for position in range(3)
        for seed in range(3)
    }
    assert len(numbers) == 27
    assert Draw(1, 2).generator(3).random() == Draw(1, 2).generator(3).random()


def test_an_epoch_can_be_gone_on_with() -> None:
    """The rest of that epoch, however often it is asked for; the others are whole."""
    sampler = EpochSampler(10, seed=3)
    wholes = []
    for epoch in range(3):
        sampler.set_epoch(epoch)
        wholes.append(list(sampler))
    sampler.set_epoch(1)
    sampler.go_on_after(4)
    assert list(sampler) == list(sampler) == wholes[1][4:]
    assert len(sampler) == 10
    for epoch in (2, 0):
        sampler.set_epoch(epoch)
        assert list(sampler) == wholes[epoch]


def test_a_draw_says_in_which_batch_it_is_also_where_an_epoch_is_gone_on_with() -> None:
    sampler = EpochSampler(11, 0, batch_size=4)
    whole = list(sampler)
    assert [draw.batch for draw in whole] == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2]
    sampler.go_on_after(8)
    assert list(sampler) == whole[8:]


def test_the_batches_of_all_processes_have_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 2)
    numbers = []
    for rank in range(2):
        monkeypatch.setattr(torch.distributed, "get_rank", lambda rank=rank: rank)
        numbers.append([draw.batch for draw in EpochSampler(11, 0, batch_size=4)])
    assert numbers == [[0, 0, 0, 0, 1, 1]] * 2


def test_images_are_repeated_by_their_factors_and_each_time_anew() -> None:
    factors = np.array([1.0, 2.5, 1.0, 1.0, 3.5])
    sampler = EpochSampler(5, 0, factors=factors)
    assert len(sampler) == 9
    counts = np.zeros(5)
    for epoch in range(200):
        sampler.set_epoch(epoch)
        draws = list(sampler)
        assert len(draws) == len(set(draws)) == 9
        found = np.bincount([draw.position for draw in draws], minlength=5)
        assert sorted(draw.repeat for draw in draws if draw.position == 4) == list(range(found[4]))
        counts += found
    assert counts / 200 == pytest.approx(factors, abs=0.1)
    assert Draw(0, 4, 0, 1).generator(3).random() != Draw(0, 4, 0, 0).generator(3).random()


def test_factors_of_one_change_nothing() -> None:
    assert list(EpochSampler(7, 3, factors=np.ones(7))) == list(EpochSampler(7, 3))
