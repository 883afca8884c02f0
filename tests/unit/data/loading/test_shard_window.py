from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch.distributed

from boxwright.data import open_dataset, training_loader
from boxwright.data.images.encoded_images import Shards
from boxwright.data.loading.epoch_sampler import Draw, EpochSampler
from boxwright.data.loading.shard_window import ShardWindow
from boxwright.errors import ConfigError
from boxwright.settings.augmentation import AugmentationSettings


class _Images:
    """Only says which shard each image is in."""

    def __init__(self, shards: Shards) -> None:
        self.shards = shards


FETCHED: list[int] = []
OF_IMAGE = np.repeat(np.arange(12), 20).astype(np.int32)
SHARDS = Shards(np.random.default_rng(0).permutation(OF_IMAGE), FETCHED.append)


def _window(width: int = 3) -> ShardWindow:
    window = ShardWindow.of(_Images(SHARDS), width, 5)
    assert window is not None
    return window


def _drawn(epoch: int = 0, width: int = 3) -> list[Draw]:
    sampler = EpochSampler(len(OF_IMAGE), 5, window=_window(width))
    sampler.set_epoch(epoch)
    return list(sampler)


def test_every_image_comes_once_in_an_epoch() -> None:
    assert sorted(draw.position for draw in _drawn()) == list(range(len(OF_IMAGE)))


@pytest.mark.parametrize("width", [1, 3, 8])
def test_a_shard_is_read_in_one_go_while_few_others_are(width: int) -> None:
    shard_of = SHARDS.of_image
    drawn = _drawn(width=width)
    places = {shard: [n for n, draw in enumerate(drawn) if shard_of[draw.position] == shard] for shard in range(12)}
    spans = [(min(each), max(each)) for each in places.values()]
    at_a_time = [sum(first <= place <= last for first, last in spans) for place in range(len(drawn))]
    assert max(at_a_time) <= width + 1
    turns = [draw.turn for draw in drawn]
    assert turns == sorted(turns)
    assert turns[-1] == 11
    order = _window(width)._order(0).tolist()
    for draw in drawn:
        assert draw.turn - width < order.index(shard_of[draw.position]) <= draw.turn


def test_images_of_several_shards_mix() -> None:
    drawn = [SHARDS.of_image[draw.position] for draw in _drawn()]
    assert len({*drawn[100:130]}) >= 3
    assert max(Counter(drawn[100:130]).values()) < 20


def test_order_follows_seed_and_epoch() -> None:
    assert _drawn(2) == _drawn(2)
    assert [draw.position for draw in _drawn(2)] != [draw.position for draw in _drawn(3)]


def test_partners_are_of_open_shards_and_all_as_likely() -> None:
    window, rng = _window(), np.random.default_rng(0)
    order = window._order(4)
    for turn, expected in ((0, order[:1]), (1, order[:2]), (7, order[5:8]), (11, order[9:])):
        partners = window.partners(4, turn, rng, 3000)
        counts = Counter(partners)
        assert {SHARDS.of_image[each] for each in partners} == set(expected.tolist())
        assert len(counts) == 20 * len(expected)
        assert max(counts.values()) < 2 * min(counts.values()) or len(expected) > 1


def test_the_next_shard_is_fetched_ahead() -> None:
    FETCHED.clear()
    window = _window()
    for turn in range(12):
        window.fetch_next(1, turn)
    assert window._order(1)[1:].tolist() == FETCHED


def test_all_at_once_needs_no_window() -> None:
    assert ShardWindow.of(_Images(SHARDS), 0, 0) is None
    assert ShardWindow.of(_Images(SHARDS), 12, 0) is None
    assert ShardWindow.of(object(), 3, 0) is None


@pytest.mark.parametrize(("width", "most"), [(0, 11), (12, 11), (3, 3)])
def test_what_cannot_be_kept_is_refused(width: int, most: int) -> None:
    small = _Images(Shards(SHARDS.of_image, FETCHED.append, most))
    with pytest.raises(ConfigError, match=f"shard_window: .* and the disk cache keeps {most}"):
        ShardWindow.of(small, width, 0)
    assert ShardWindow.of(small, 2, 0) is not None


def test_two_processes_and_their_workers_see_each_image_once(packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 2)
    seen: Counter[int] = Counter()
    for rank in range(2):
        monkeypatch.setattr(torch.distributed, "get_rank", lambda rank=rank: rank)
        loader = training_loader(
            open_dataset(f"shards:{packed}", "train"),
            (32, 32),
            2,
            AugmentationSettings(mosaic=0.0),
            workers=2 if rank else 0,
            shard_window=2,
        )
        seen.update(origin.image_id for batch in loader for origin in batch.origins)
    assert sorted(seen) == list(range(40, 49))
    assert set(seen.values()) == {1}


def test_an_epoch_goes_on_exactly(packed: Path) -> None:
    def batches(done: int) -> list[torch.Tensor]:
        loader = training_loader(
            open_dataset(f"shards:{packed}", "train"),
            (32, 32),
            2,
            AugmentationSettings(mosaic=1.0),
            epochs=50,
            shard_window=2,
        )
        loader.set_epoch(1, done)
        return [batch.images for batch in loader]

    whole, rest = batches(0), batches(2)
    assert len(whole) == 5
    assert all(torch.equal(one, other) for one, other in zip(whole[2:], rest, strict=True))
