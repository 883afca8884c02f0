import gc
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.data import DistributedSampler

from boxwright.data import AugmentationSettings, evaluation_loader, open_dataset, training_loader
from boxwright.errors import ConfigError, DataError, ShapeError
from boxwright.structures import Batch

CANVAS = (32, 48)


@pytest.fixture
def dataset(many_images: Path) -> Any:
    return open_dataset(many_images, "train")


def _epochs(dataset: Any, *, workers: int = 0, seed: int = 3, epochs: tuple[int, ...] = (0, 1)) -> list[Batch]:
    settings = AugmentationSettings(mixup=0.5, degrees=10.0, close_mosaic_epochs=1)
    loader = training_loader(dataset, CANVAS, 4, settings, seed=seed, epochs=2, workers=workers)
    batches = []
    for epoch in epochs:
        loader.set_epoch(epoch)
        batches.extend(loader)
    return batches


def _equal(one: Batch, other: Batch) -> bool:
    same = torch.equal(one.images, other.images) and one.origins == other.origins
    columns = ("boxes", "labels", "image", "ignore")
    return same and all(torch.equal(getattr(one.targets, name), getattr(other.targets, name)) for name in columns)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_batches_do_not_depend_on_the_workers(dataset: Any, workers: int) -> None:
    alone, shared = _epochs(dataset), _epochs(dataset, workers=workers)
    assert len(alone) == len(shared) == 6
    assert all(_equal(one, other) for one, other in zip(alone, shared, strict=True))


def test_batches_do_not_depend_on_earlier_epochs(dataset: Any) -> None:
    assert all(
        _equal(one, other) for one, other in zip(_epochs(dataset)[3:], _epochs(dataset, epochs=(1,)), strict=True)
    )


def test_seeds_and_epochs_differ(dataset: Any) -> None:
    first, second = _epochs(dataset)[0], _epochs(dataset, epochs=(1, 0))[0]
    other = _epochs(dataset, seed=4)[0]
    assert not _equal(first, second)
    assert len({batch.origins for batch in (first, second, other)}) == 3, "the order must differ too"
    assert not _equal(first, other)


def test_nothing_is_dropped(dataset: Any) -> None:
    batches = _epochs(dataset, epochs=(0,))
    assert [len(batch) for batch in batches] == [4, 4, 3]
    ids = sorted(origin.image_id for batch in batches for origin in batch.origins)
    assert ids == list(range(100, 111))


def test_mosaic_ends(dataset: Any) -> None:
    """Without mosaic a picture holds one image, hence no more objects than that image has."""
    loader = training_loader(dataset, CANVAS, 11, AugmentationSettings(close_mosaic_epochs=1), epochs=2)

    def most(epoch: int) -> int:
        loader.set_epoch(epoch)
        (batch,) = loader
        return int(torch.bincount(batch.targets.image, minlength=11).max())

    assert most(0) > 4
    assert most(1) <= 4


def test_global_random_state_is_left_alone(dataset: Any) -> None:
    before = torch.get_rng_state()
    _epochs(dataset)
    list(evaluation_loader(dataset, CANVAS, 4))
    assert torch.equal(before, torch.get_rng_state())


def test_lightning_finds_the_sampler(dataset: Any) -> None:
    loader = training_loader(dataset, CANVAS, 4)
    assert isinstance(loader.sampler, DistributedSampler)
    loader.sampler.set_epoch(7)
    assert {draw.epoch for draw in loader.sampler} == {7}


@pytest.mark.parametrize("workers", [0, 1])
def test_evaluation_keeps_the_order_and_the_way_back(dataset: Any, workers: int) -> None:
    batches = list(evaluation_loader(dataset, CANVAS, 4, workers=workers))
    origins = [origin for batch in batches for origin in batch.origins]
    assert [origin.image_id for origin in origins] == list(range(100, 111))
    assert batches[0].images.shape == (4, 3, *CANVAS)
    for number, origin in enumerate(origins):
        batch = batches[number // 4]
        boxes = batch.targets.boxes[batch.targets.image == number % 4]
        assert origin.letterbox is not None
        assert torch.allclose(origin.letterbox.to_original(boxes), dataset.truth(number).boxes, atol=1e-4)


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("loader", [training_loader, evaluation_loader])
def test_broken_image_is_named_without_a_foreign_traceback(
    dataset: Any, many_images: Path, workers: int, loader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (many_images / "images/3.png").write_bytes(b"broken")
    with pytest.raises(DataError, match=r"^\S*3\.png: the file is not an image") as caught:
        list(loader(dataset, CANVAS, 4, workers=workers))
    assert "Traceback" not in str(caught.value)
    # torch waits this long for a worker to end by itself; end it here and not in some later test
    monkeypatch.setattr(torch.utils.data._utils, "MP_STATUS_CHECK_INTERVAL", 0.1)
    del caught
    gc.collect()


def test_workers_use_one_thread(dataset: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import cv2

    set_to = []
    monkeypatch.setattr(cv2, "setNumThreads", set_to.append)
    monkeypatch.setattr(torch, "set_num_threads", set_to.append)
    start = training_loader(dataset, CANVAS, 4, workers=1, pin_memory=True).worker_init_fn
    assert start is not None
    start(0)
    assert set_to == [0, 1]


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="Windows has no such priorities")
def test_workers_step_aside_where_their_processor_computes(dataset: Any) -> None:
    """Threads of a step wait for each other, so a worker that holds one of them up holds up all."""
    niceness: dict[bool, int] = {}
    for pin_memory in (True, False):
        start = training_loader(dataset, CANVAS, 4, workers=1, pin_memory=pin_memory).worker_init_fn
        with multiprocessing.get_context("fork").Pool(1, start, (0,)) as pool:
            niceness[pin_memory] = pool.apply(os.getpriority, (os.PRIO_PROCESS, 0))
    assert niceness[True] == os.getpriority(os.PRIO_PROCESS, 0) < niceness[False]


@pytest.mark.parametrize(
    "wrong",
    [{"batch_size": 0}, {"canvas_size": (0, 32)}, {"workers": -1}, {"seed": -1}, {"epochs": 0}, {"mask_stride": 0}],
)
def test_impossible_numbers(dataset: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        training_loader(dataset, **{"canvas_size": CANVAS, "batch_size": 4, **wrong})


@pytest.fixture
def masked(write_coco: Any, document: dict[str, Any]) -> Any:
    for entry in document["annotations"]:
        x, y, width, height = entry["bbox"]
        entry["segmentation"] = [[x, y, x + width, y, x + width, y + height, x, y + height]]
    return open_dataset(write_coco(document).parents[1], "train", masks=True)


@pytest.mark.parametrize("loader", [training_loader, evaluation_loader])
def test_masks_come_at_the_stride_that_is_asked_for(masked: Any, loader: Any) -> None:
    (batch,) = loader(masked, CANVAS, 3, mask_stride=4)
    masks = batch.targets.masks
    assert masks is not None
    assert (masks.size, masks.stride, len(masks)) == ((8, 12), 4, len(batch.targets))
    (bare,) = loader(masked, CANVAS, 3)
    assert bare.targets.masks is None
    assert torch.equal(bare.targets.boxes, batch.targets.boxes)


@pytest.mark.parametrize("loader", [training_loader, evaluation_loader])
def test_masks_of_data_without_any_are_an_error_that_names_an_image(dataset: Any, loader: Any) -> None:
    with pytest.raises(ShapeError, match=r"Masks are wanted, but \S+png has none. Open the data set with masks=True"):
        list(loader(dataset, CANVAS, 4, mask_stride=4))


def test_letterboxed_masks_lie_in_their_boxes(masked: Any) -> None:
    (batch,) = evaluation_loader(masked, (64, 64), 3, mask_stride=1)
    assert batch.targets.masks is not None
    enlarged = max(origin.letterbox.scale[0] for origin in batch.origins if origin.letterbox is not None)
    # masks are whole pixels in the image and in the canvas: half a pixel of each
    assert float((batch.targets.masks.boxes - batch.targets.boxes).abs().max()) <= 0.5 * enlarged + 0.5


def _varied(dataset: Any, *, workers: int = 0, **changes: Any) -> Any:
    settings = AugmentationSettings(**{"multi_scale": 0.5, "close_mosaic_epochs": 1, **changes})
    return training_loader(dataset, (64, 96), 2, settings, seed=3, epochs=2, workers=workers, max_stride=16)


def test_every_batch_has_a_canvas_of_its_own(dataset: Any) -> None:
    loader, sizes = _varied(dataset), []
    for epoch in range(4):
        loader.set_epoch(epoch)
        for batch in loader:
            sizes.append(tuple(batch.images.shape[2:]))
            boxes = batch.targets.boxes
            assert bool((boxes[:, 2] <= sizes[-1][1]).all())
    assert set(sizes) == {(32, 48), (48, 64), (64, 96), (80, 128), (96, 144)}  # as nearly of one shape as may be


def test_canvases_do_not_depend_on_the_workers_and_come_again_where_an_epoch_is_gone_on_with(dataset: Any) -> None:
    changes = {"repeat_rare": 1.0}
    alone, shared, late = (
        _varied(dataset, **changes),
        _varied(dataset, workers=2, **changes),
        _varied(dataset, **changes),
    )
    for epoch in (0, 1):
        for loader in (alone, shared):
            loader.set_epoch(epoch)
        late.set_epoch(epoch, 2)
        whole = list(alone)
        assert all(_equal(*pair) for pair in zip(whole, shared, strict=True))
        assert all(_equal(*pair) for pair in zip(whole[2:], late, strict=True))


def test_settings_that_are_off_change_no_batch(dataset: Any) -> None:
    off = AugmentationSettings(multi_scale=0.0, repeat_rare=0.0, copy_paste=0.0, close_mosaic_epochs=1)
    plain = training_loader(dataset, CANVAS, 4, AugmentationSettings(close_mosaic_epochs=1), seed=3, epochs=2)
    other = training_loader(dataset, CANVAS, 4, off, seed=3, epochs=2, max_stride=8)
    assert all(_equal(*pair) for pair in zip(plain, other, strict=True))
