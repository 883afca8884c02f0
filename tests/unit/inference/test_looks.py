from dataclasses import replace
from pathlib import Path

import pytest
import torch

from boxwright.data.transforms import FitToCanvas
from boxwright.geometry.letterbox import Fit
from boxwright.inference.looks import Look, canvases_of, usual_looks
from boxwright.structures import Batch, Detections, ImageOrigin, InstanceMasks, Sample, Targets
from boxwright.systems import build_system

CANVAS, SIZE = (64, 96), (40, 100)


def _batch(fit: Fit = "centre", size: tuple[int, int] = SIZE, image: torch.Tensor | None = None) -> Batch:
    nothing = torch.zeros(0, dtype=torch.int64)
    if image is None:
        image = torch.randint(0, 256, (3, *size), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    size = (image.shape[1], image.shape[2])
    sample = Sample(image, torch.zeros(0, 4), nothing, nothing.bool(), ImageOrigin(0, None, size))
    fitted = FitToCanvas(CANVAS, fit=fit)(sample)
    targets = Targets.from_lists([torch.zeros(0, 4)], [nothing])
    return Batch(fitted.image[None], targets, (fitted.origin,))


def _nothing_but(boxes: torch.Tensor, origin: ImageOrigin) -> Detections:
    return Detections(boxes, torch.ones(len(boxes)), torch.zeros(len(boxes), dtype=torch.int64), origin)


@pytest.mark.parametrize("is_mirrored", [False, True])
@pytest.mark.parametrize("canvas", [CANVAS, (32, 64), (96, 128)])
@pytest.mark.parametrize("fit", ["centre", "corner", "stretch"])
@pytest.mark.parametrize("size", [SIZE, (101, 37)])
def test_a_look_finds_the_way_back(fit: Fit, canvas: tuple[int, int], is_mirrored: bool, size: tuple[int, int]) -> None:
    """A box on the canvas, taken to the canvas of a look, comes back where it came from."""
    batch, look = _batch(fit, size), Look(canvas, is_mirrored)
    origin, seen = batch.origins[0], look.at(batch).origins[0]
    assert origin.letterbox is not None
    assert seen.letterbox is not None
    boxes = torch.tensor([[3.0, 5.0, 20.0, 30.0], [0.0, 0.0, float(size[1]), float(size[0])]])
    shown = boxes.clone()
    if is_mirrored:
        shown[:, 0], shown[:, 2] = size[1] - boxes[:, 2], size[1] - boxes[:, 0]
    placed = origin.letterbox.to_canvas(shown) * torch.tensor([canvas[1] / CANVAS[1], canvas[0] / CANVAS[0]] * 2)
    found = look.back(_nothing_but(seen.letterbox.to_original(placed), origin), origin)
    torch.testing.assert_close(found.boxes, boxes, atol=0.01, rtol=0)
    assert found.origin is origin


def test_the_canvas_itself_is_shown_as_it_is() -> None:
    batch = _batch()
    seen = Look(CANVAS).at(batch)
    assert torch.equal(seen.images, batch.images)
    assert seen.origins == batch.origins


@pytest.mark.parametrize("fit", ["centre", "corner", "stretch"])
def test_an_image_is_mirrored_where_it_lies(fit: Fit) -> None:
    """As if it had been mirrored before; of an odd border the larger part stays on the right."""
    image = torch.randint(0, 256, (3, 64, 71), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    if fit == "stretch":
        image = torch.randint(0, 256, (3, *CANVAS), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    plain, mirrored = _batch(fit, image=image), _batch(fit, image=image.flip(2))
    seen = Look(CANVAS, is_mirrored=True).at(plain)
    assert torch.equal(seen.images, mirrored.images)
    assert seen.origins == mirrored.origins


def test_a_canvas_of_another_size_shows_the_same_picture() -> None:
    batch = _batch()
    batch = replace(batch, images=torch.full_like(batch.images, 77))
    seen = Look((96, 128)).at(batch)
    assert seen.images.shape == (1, 3, 96, 128)
    assert seen.images.dtype == torch.uint8
    assert set(seen.images.unique().tolist()) == {77}


def test_masks_are_mirrored_too() -> None:
    full = torch.zeros(1, *SIZE, dtype=torch.bool)
    full[0, 3:9, 4:20] = True
    origin = ImageOrigin(0, None, SIZE)
    found = _nothing_but(torch.tensor([[4.0, 3.0, 20.0, 9.0]]), origin)
    back = Look(CANVAS, is_mirrored=True).back(replace(found, masks=InstanceMasks.from_boolean(full)), origin)
    assert back.masks is not None
    assert torch.equal(back.masks.to_boolean(), full.flip(2))
    assert torch.equal(back.boxes, back.masks.boxes)


def test_three_canvases_each_mirrored_too(tmp_path: Path) -> None:
    looks = usual_looks(build_system("yolov8n", 1), (320, 640))
    assert looks[0] == Look((320, 640))
    assert canvases_of(looks) == [(320, 640), (256, 480), (384, 800)]
    assert len(looks) == 6
    assert sum(look.is_mirrored for look in looks) == 3


def test_what_has_no_other_canvas_is_mirrored_only() -> None:
    assert usual_looks(build_system("ssd300_light", 1), (300, 300)) == (Look((300, 300)), Look((300, 300), True))
    assert usual_looks(build_system("yolov8n", 1), (32, 32)) == (Look((32, 32)), Look((32, 32), True))
