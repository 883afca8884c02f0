"""Box, label and mask of one object stay together through mosaic, affine maps, mixup, flips and batching.

Every object has a colour of its own, and its label says which. So the pixels under a mask, the box around it and the
label can be held against each other in the finished picture; a wrong permutation of any of them shows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch

from boxwright.data import AugmentationSettings, collate, training_loader
from boxwright.data.images.reading import as_tensor
from boxwright.data.loading.training_picture import TrainingPicture
from boxwright.structures import GroundTruth, ImageOrigin, InstanceMasks, Sample, Targets

CANVAS = (160, 192)
PER_IMAGE = 9
IMAGES = 6
SETTINGS = AugmentationSettings(
    hsv=(0.0, 0.0, 0.0), degrees=25.0, shear=5.0, translate=0.2, scale=0.4, flip_horizontal=0.5, flip_vertical=0.5
)


def color_of(label: int) -> np.ndarray:
    """Gives 64 colours that are at least 80 apart in one channel."""
    return np.array([80 * (label // 16 % 4) + 10, 80 * (label // 4 % 4) + 10, 80 * (label % 4) + 10])


@dataclass(frozen=True)
class ColoredObjects:
    """Images of nine ellipses and triangles each, drawn in the colours of their labels; some hide others in part."""

    categories: tuple[str, ...] = tuple(map(str, range(64)))
    category_ids: tuple[int, ...] = tuple(range(64))

    def __len__(self) -> int:
        return IMAGES

    def __getitem__(self, position: int) -> Sample:
        draw = np.random.default_rng(position)
        size = (int(draw.integers(90, 150)), int(draw.integers(90, 150)))
        y, x = np.mgrid[: size[0], : size[1]] + 0.5
        pixels = np.full((*size, 3), 255, np.uint8)
        full = np.zeros((PER_IMAGE, *size), bool)
        labels = (position * PER_IMAGE + np.arange(PER_IMAGE)) % 64
        for number, mask in enumerate(full):
            centre = (number // 3 + 0.5) * size[0] / 3, (number % 3 + 0.5) * size[1] / 3
            radius = draw.uniform(8, 14, 2)
            away = (y - centre[0]) / radius[0], (x - centre[1]) / radius[1]
            mask |= away[0] ** 2 + away[1] ** 2 < 1 if number % 2 else (away[0] > -0.8) & (abs(away[1]) + away[0] < 0.9)
            pixels[mask] = color_of(int(labels[number]))
        for number in range(PER_IMAGE):  # what is hidden by a later object is not of this one
            full[number] &= (pixels == color_of(int(labels[number]))).all(axis=2)
        masks = InstanceMasks.from_boolean(torch.from_numpy(full))
        flags = torch.zeros(PER_IMAGE, dtype=torch.bool)
        origin = ImageOrigin(position, f"{position}.png", size)
        return Sample(as_tensor(pixels), masks.boxes, torch.from_numpy(labels), flags, origin, masks)

    def truth(self, position: int) -> GroundTruth:
        sample = self[position]
        area = sample.boxes[:, 0] * 0
        return GroundTruth(sample.boxes, sample.labels, sample.ignore, area, sample.origin, sample.masks)


def check_pairing(sample: Sample) -> None:
    """Asserts that under every mask is the colour of its label, and around it its box."""
    assert sample.masks is not None
    image = sample.image.permute(1, 2, 0).numpy().astype(int)
    for mask, box, own, label in zip(
        sample.masks.to_boolean().numpy(), sample.boxes, sample.masks.boxes, sample.labels.tolist(), strict=True
    ):
        share = (abs(image[mask] - color_of(label)).max(axis=1) < 30).mean()
        assert share > 0.6, f"only {share:.0%} under the mask of {label} has its colour"
        assert float((box - own).abs().max()) <= 1, f"the box {box.tolist()} of {label} is not around {own.tolist()}"


def pictures(settings: AugmentationSettings, *, mosaic: bool, count: int = 8) -> Iterator[Sample]:
    picture = TrainingPicture(ColoredObjects(), CANVAS, settings)
    for seed in range(count):
        yield picture(seed % IMAGES, np.random.default_rng(seed), mosaic=mosaic)


@pytest.mark.parametrize("mosaic", [True, False])
def test_pairs_survive_mosaic_affine_and_flips(mosaic: bool) -> None:
    targets = 0
    for sample in pictures(SETTINGS, mosaic=mosaic):
        check_pairing(sample)
        targets += len(sample.labels)
    assert targets > 30


def _permuted(sample: Sample, what: str, order: torch.Tensor) -> Sample:
    if what == "masks":
        assert sample.masks is not None
        return replace(sample, masks=sample.masks.rows(order))
    return replace(sample, **{what: getattr(sample, what)[order]})


@pytest.mark.parametrize("what", ["masks", "boxes", "labels"])
@pytest.mark.parametrize("swap", ["neighbours", "reversed", "by area"])
def test_a_wrong_permutation_would_be_seen(what: str, swap: str) -> None:
    """By area is what a mask map of the whole image needs, and what one forgets to undo."""
    sample = next(each for each in pictures(SETTINGS, mosaic=True) if len(each.labels) > 5)
    assert sample.masks is not None
    rows = torch.arange(len(sample.labels))
    order = {
        "neighbours": torch.cat((rows[:1].new_tensor([1, 0]), rows[2:])),
        "reversed": rows.flip(0),
        "by area": sample.masks.areas.argsort(descending=True),
    }[swap]
    assert not torch.equal(order, rows)
    with pytest.raises(AssertionError, match=r"under the mask of|is not around"):
        check_pairing(_permuted(sample, what, order))


def test_mixup_keeps_both_halves_paired() -> None:
    """Colours are blended, so boxes alone are held against masks."""
    for sample in pictures(replace(SETTINGS, mixup=1.0), mosaic=True, count=4):
        assert sample.masks is not None
        assert float((sample.masks.boxes - sample.boxes).abs().max()) <= 1


def _mask_of_row(targets: Targets, row: int) -> np.ndarray:
    assert targets.masks is not None
    return targets.masks.rows(torch.tensor([row])).to_boolean()[0].numpy()


@pytest.mark.parametrize("workers", [0, 2])
def test_pairs_survive_batching_at_a_stride(workers: int) -> None:
    loader = training_loader(ColoredObjects(), CANVAS, 3, SETTINGS, seed=1, workers=workers, mask_stride=4)
    seen = 0
    for batch in loader:
        targets = batch.targets
        assert targets.masks is not None
        assert (targets.masks.size, targets.masks.stride) == ((40, 48), 4)
        centres = batch.images[:, :, 2::4, 2::4].permute(0, 2, 3, 1).numpy().astype(int)
        for row in range(len(targets)):
            mask = _mask_of_row(targets, row)
            share = (
                abs(centres[targets.image[row]][mask] - color_of(int(targets.labels[row]))).max(axis=1) < 60
            ).mean()
            if mask.sum() >= 8:
                seen += 1
                assert share > 0.5
            box = targets.boxes[row]
            assert float((targets.masks.boxes[row] - box).abs().max()) < 8
    assert seen > 15


def test_the_seed_decides_masks_too_whatever_the_workers() -> None:
    batches = [
        list(training_loader(ColoredObjects(), CANVAS, 3, SETTINGS, seed=5, workers=workers, mask_stride=4))
        for workers in (0, 2)
    ]
    for first, second in zip(*batches, strict=True):
        assert first.targets.masks is not None
        assert second.targets.masks is not None
        assert torch.equal(first.targets.masks.windows, second.targets.masks.windows)
        assert torch.equal(first.targets.masks.bits, second.targets.masks.bits)


def test_without_masks_pictures_are_the_same() -> None:
    """Boxes that are not fitted to masks: the same random draws, the same pixels; masks change nothing else."""

    class Bare(ColoredObjects):
        def __getitem__(self, position: int) -> Sample:
            return replace(super().__getitem__(position), masks=None)

    for seed in range(3):
        made: list[Any] = [
            TrainingPicture(data, CANVAS, SETTINGS)(0, np.random.default_rng(seed), mosaic=True)
            for data in (ColoredObjects(), Bare())
        ]
        assert torch.equal(made[0].image, made[1].image)
        assert made[1].masks is None
        assert collate(made[1:]).targets.masks is None
