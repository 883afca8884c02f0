"""Batches with targets and predictions, made from a seed, and ways to rearrange them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from boxwright.coders import LtrbCoder
from boxwright.prior_generators import PointGrid
from boxwright.structures import Assignment, Predictions, Priors, Proposals, Targets
from boxwright.structures.proposals import Decode

POINTS = PointGrid()


@dataclass(frozen=True)
class Scene:
    """Everything an assigner may look at."""

    priors: Priors
    targets: Targets
    predictions: Predictions
    decode: Decode

    @property
    def proposals(self) -> Proposals:
        return Proposals(self.predictions, self.priors, self.decode)


def random_boxes(
    generator: torch.Generator, count: int, size: tuple[int, int], *, smallest: float = 4.0, dtype: torch.dtype
) -> Tensor:
    """Boxes inside a canvas, sides from `smallest` to the whole canvas, small ones more often."""
    limit = torch.tensor([size[1], size[0]], dtype=dtype)
    share = torch.rand(count, 2, generator=generator, dtype=dtype)
    sides = smallest + (limit - smallest) * share.square()
    corner = torch.rand(count, 2, generator=generator, dtype=dtype) * (limit - sides)
    return torch.cat((corner, corner + sides), dim=1)


def random_scene(
    seed: int,
    *,
    counts: Sequence[int] = (3, 0, 6, 1),
    canvas: tuple[int, int] = (64, 96),
    num_classes: int = 3,
    ignored: float = 0.0,
    dtype: torch.dtype = torch.float32,
    generate: Callable[[tuple[int, int]], Priors] = POINTS,
) -> Scene:
    """Builds `counts[i]` targets in image i; every prediction is a disturbed target of its image, or noise.

    `generate` makes the priors.
    """
    generator = torch.Generator().manual_seed(seed)
    priors = generate(canvas)
    boxes = [random_boxes(generator, count, canvas, dtype=dtype) for count in counts]
    labels = [torch.randint(num_classes, (count,), generator=generator) for count in counts]
    flags = [torch.rand(count, generator=generator) < ignored for count in counts]
    columns = (torch.cat(boxes), torch.cat(labels), torch.arange(len(counts)).repeat_interleave(torch.tensor(counts)))
    targets = Targets(*columns, torch.cat(flags), len(counts))
    guesses = [_guesses(generator, rows, priors, dtype) for rows in boxes]
    centres = priors.boxes.to(dtype)
    codes = [LtrbCoder().encode(boxes=rows, priors=centres) for rows in guesses]
    logits = torch.randn(len(counts), len(priors), num_classes, generator=generator, dtype=dtype)
    return Scene(priors, targets, _of_head(logits, torch.stack(codes), priors), LtrbCoder().decode)


def _guesses(generator: torch.Generator, boxes: Tensor, priors: Priors, dtype: torch.dtype) -> Tensor:
    height, width = priors.canvas_size
    anywhere = random_boxes(generator, len(priors), (height, width), dtype=dtype)
    if len(boxes) == 0:
        return anywhere
    about = boxes[torch.randint(len(boxes), (len(priors),), generator=generator)]
    noise = torch.randn(len(priors), 4, generator=generator, dtype=dtype) * (about[:, 2:] - about[:, :2]).repeat(1, 2)
    disturbed = about + 0.15 * noise
    disturbed = torch.cat(
        (disturbed[:, :2].minimum(disturbed[:, 2:]), disturbed[:, :2].maximum(disturbed[:, 2:])), dim=1
    )
    is_noise = torch.rand(len(priors), 1, generator=generator) < 0.2
    return torch.where(is_noise, anywhere, disturbed)


def with_predictions(scene: Scene, class_logits: Tensor, box_codes: Tensor) -> Scene:
    """Swaps the predictions for those of dense arrays."""
    return replace(scene, predictions=_of_head(class_logits, box_codes, scene.priors))


def _of_head(class_logits: Tensor, box_codes: Tensor, priors: Priors) -> Predictions:
    """Builds predictions whose levels lie in memory as a head leaves them, each for itself."""
    views = Predictions.from_dense(class_logits, box_codes, priors)
    blocks = [tuple(block.contiguous() for block in levels) for levels in (views.class_logits, views.box_codes)]
    return Predictions(*blocks)


def convert_predictions(scene: Scene, dtype: torch.dtype) -> Scene:
    """Changes the type of the predictions."""
    changed = (
        tuple(block.to(dtype) for block in blocks)
        for blocks in (scene.predictions.class_logits, scene.predictions.box_codes)
    )
    return replace(scene, predictions=Predictions(*changed))


def select_images(scene: Scene, order: Sequence[int]) -> tuple[Scene, Tensor]:
    """Gives a batch of some of the images in a new order, and the old row of each new target."""
    rows = torch.cat([(scene.targets.image == image).nonzero().squeeze(1) for image in order])
    counts = torch.bincount(scene.targets.image, minlength=scene.targets.batch_size)[list(order)]
    targets = Targets(
        scene.targets.boxes[rows],
        scene.targets.labels[rows],
        torch.arange(len(order)).repeat_interleave(counts),
        scene.targets.ignore[rows],
        len(order),
    )
    blocks = (
        tuple(block[list(order)] for block in blocks)
        for blocks in (scene.predictions.class_logits, scene.predictions.box_codes)
    )
    return replace(scene, targets=targets, predictions=Predictions(*blocks)), rows


def take_targets(scene: Scene, rows: Tensor) -> Scene:
    """Keeps some rows of the targets, in a new order; rows of one image must stay together."""
    old = scene.targets
    return replace(
        scene,
        targets=Targets(old.boxes[rows], old.labels[rows], old.image[rows], old.ignore[rows], old.batch_size),
    )


def shuffle_inside_images(scene: Scene, seed: int) -> Tensor:
    """Gives an order of the target rows that mixes them within each image only."""
    noise = torch.rand(len(scene.targets), generator=torch.Generator().manual_seed(seed))
    return (scene.targets.image + 0.5 * noise).argsort()


def pairs_of(
    assignment: Assignment, rows: Tensor | None = None, images: Sequence[int] | None = None
) -> dict[tuple[int, int, int], float]:
    """Gives quality by (image, prior, target), with rows and images named as before a rearrangement."""
    target = assignment.target if rows is None else rows[assignment.target]
    image = assignment.image.tolist() if images is None else [images[i] for i in assignment.image.tolist()]
    keys = list(zip(image, assignment.prior.tolist(), target.tolist(), strict=True))
    assert len(set(keys)) == len(keys), "a pair is listed twice"
    return dict(zip(keys, assignment.quality.tolist(), strict=True))


def ignored_of(assignment: Assignment, scene: Scene) -> Tensor:
    """Gives the ignored priors of a batch as large as the scene's."""
    assert (assignment.num_images, assignment.num_priors) == (scene.targets.batch_size, len(scene.priors))
    return assignment.ignored


def positives_of(assignment: Assignment, scene: Scene) -> Tensor:
    """Marks the priors that have a pair."""
    mask = torch.zeros(scene.targets.batch_size, len(scene.priors), dtype=torch.bool)
    mask[assignment.image, assignment.prior] = True
    return mask


def centres_inside(priors: Priors, box: Tensor) -> Tensor:
    """Tests every prior's centre against one box, strictly."""
    x, y = priors.boxes[:, 0], priors.boxes[:, 1]
    left, top, right, bottom = box.tolist()
    inside: Tensor = (x > left) & (x < right) & (y > top) & (y < bottom)
    return inside
