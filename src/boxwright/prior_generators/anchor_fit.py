"""How well anchors fit the sizes of objects, and anchors that fit better."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.errors import ShapeError, counted

SMALLEST_SIDE = 2.0  # canvas pixels; smaller objects do not shape the anchors
MOST_OBJECTS = 10_000
CLUSTER_ROUNDS = 30
MUTATION_SHARE = 0.9
MUTATION_SPREAD = 0.1


def size_ratios(
    sizes: Float[Tensor, "objects 2"], anchors: Float[Tensor, "anchors 2"]
) -> Float[Tensor, "objects anchors"]:
    """Computes max(w/aw, aw/w, h/ah, ah/h): how many times an anchor must at most be stretched or shrunk to fit.

    Args:
        sizes: Width and height of objects in canvas pixels, above 0.
        anchors: Width and height of anchors in canvas pixels.
    """
    ratios = sizes.unsqueeze(1) / anchors
    return torch.maximum(ratios, 1 / ratios).amax(dim=2)


def best_possible_recall(
    sizes: Float[Tensor, "objects 2"], anchors: Float[Tensor, "anchors 2"], ratio_limit: float = 4.0
) -> float:
    """Gives the share of objects that at least one anchor may match; the others are never learned.

    Args:
        sizes: Width and height of objects in canvas pixels, above 0.
        anchors: Width and height of anchors in canvas pixels.
        ratio_limit: An anchor matches if its `size_ratios` is strictly under this.

    Returns:
        0 to 1; NaN without objects.
    """
    return float((size_ratios(sizes, anchors).amin(dim=1) < ratio_limit).double().mean())


def mean_fitness(
    sizes: Float[Tensor, "objects 2"], anchors: Float[Tensor, "anchors 2"], ratio_limit: float = 4.0
) -> float:
    """Gives the mean over objects of 1 / (ratio of the best anchor), where an object without a match counts 0.

    Args:
        sizes: Width and height of objects in canvas pixels, above 0.
        anchors: Width and height of anchors in canvas pixels.
        ratio_limit: As in `best_possible_recall`.

    Returns:
        0 to 1, 1 if every object has an anchor of its own size; NaN without objects.
    """
    closest = size_ratios(sizes, anchors).amin(dim=1)
    return float(torch.where(closest < ratio_limit, 1 / closest, 0).mean())


def fit_anchors(
    sizes: Float[Tensor, "objects 2"],
    num_anchors: int,
    *,
    ratio_limit: float = 4.0,
    seed: int = 0,
    generations: int = 1000,
) -> Float[Tensor, "anchors 2"]:
    """Finds anchors for objects: k-means in the ratio metric, then mutations that raise the mean fitness.

    The distance of k-means is the logarithm of `size_ratios`, the centre of a cluster is its geometric mean, and the
    first centres are drawn far apart. A mutation multiplies most sides by a random factor near 1 and is kept if
    `mean_fitness` rises. The same objects, in the same order, and the same seed give the same anchors.

    Source: Redmon and Farhadi, "YOLO9000", 2017, section 2 (clusters of object sizes as anchors); Arthur and
    Vassilvitskii, "k-means++", 2007 (first centres); the ratio metric and the evolution follow YOLOv5's idea, the steps
    are ours.

    Args:
        sizes: Width and height of objects in canvas pixels, above 0. Those with a side under 2 pixels are left out,
            unless all are; of more than ten thousand a random part is used.
        num_anchors: Anchors over all levels.
        ratio_limit: As in `best_possible_recall`.
        seed: Of every random number.
        generations: Mutations tried.

    Returns:
        Width and height in canvas pixels, smallest area first.

    Raises:
        ShapeError: There is no object, or a side is not positive.
    """
    if not len(sizes) or not bool((sizes > 0).all()):
        raise ShapeError(
            f"Anchors are fitted to objects with positive sides; found {counted(len(sizes), 'object')} of which "
            f"{int((sizes <= 0).any(dim=1).sum())} have none. Leave empty boxes out and give at least one object."
        )
    generator = torch.Generator().manual_seed(seed)
    usable = sizes.detach().double().cpu()
    large = usable[(usable >= SMALLEST_SIDE).all(dim=1)]
    usable = large if len(large) else usable
    usable = usable[torch.randperm(len(usable), generator=generator)[:MOST_OBJECTS]]
    anchors = _clusters(usable.log(), num_anchors, generator).exp()
    anchors = _evolved(usable, anchors, ratio_limit, generations, generator)
    return anchors[anchors.prod(dim=1).argsort(stable=True)].to(sizes.dtype)


def _clusters(points: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Clusters logarithms of sizes; the distance is the larger of the two differences."""
    centres = _first_centres(points, count, generator)
    for _ in range(CLUSTER_ROUNDS):
        nearest = torch.cdist(points, centres, p=math.inf).argmin(dim=1)
        members = torch.bincount(nearest, minlength=count).unsqueeze(1)
        sums = torch.zeros_like(centres).index_add_(0, nearest, points)
        moved = torch.where(members > 0, sums / members.clamp(min=1), centres)
        if torch.equal(moved, centres):
            break
        centres = moved
    return centres


def _first_centres(points: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Draws points, each with a probability that grows with its squared distance to those drawn before."""
    drawn = points[torch.randint(len(points), (1,), generator=generator)]
    for _ in range(count - 1):
        weight = torch.cdist(points, drawn, p=math.inf).amin(dim=1).square()
        weight = weight if bool(weight.any()) else torch.ones_like(weight)
        drawn = torch.cat([drawn, points[torch.multinomial(weight, 1, generator=generator)]])
    return drawn


def _evolved(
    sizes: Tensor, anchors: Tensor, ratio_limit: float, generations: int, generator: torch.Generator
) -> Tensor:
    best = mean_fitness(sizes, anchors, ratio_limit)
    for _ in range(generations):
        change = torch.randn(anchors.shape, generator=generator, dtype=anchors.dtype) * MUTATION_SPREAD
        changes = torch.rand(anchors.shape, generator=generator) < MUTATION_SHARE
        mutated = anchors * torch.where(changes, change.exp(), 1.0)
        fitness = mean_fitness(sizes, mutated, ratio_limit)
        if fitness > best:
            best, anchors = fitness, mutated
    return anchors
