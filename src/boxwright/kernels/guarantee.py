"""A positive for targets that were left without one."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.kernels.grid_candidates import points_inside
from boxwright.kernels.segments import first_maximum_per_group
from boxwright.structures.priors import Priors
from boxwright.structures.targets import Targets

_WISHES_AT_ONCE = 1 << 20  # of spots times points


def claim_for_orphans(
    point: Int64[Tensor, "pairs"],
    target: Int64[Tensor, "pairs"],
    overlap: Float[Tensor, "pairs"],
    priors: Priors,
    targets: Targets,
) -> tuple[Bool[Tensor, "pairs"], Int64[Tensor, "claims"], Int64[Tensor, "claims"]]:
    """Finds a point on the finest level for every target without a pair.

    In rounds, each orphan claims the nearest point (of its window about the target's centre) that is free, or taken by
    a target that has others left. Orphans that share their nearest point are ranked by their distance to it, then by
    row, and the second claims the second point of its own window, the third the third, so that a crowd at one place is
    served at once. A point that several claim goes to the nearest, then to the lowest target. The window
    grows until every orphan has a point or the level is full. A point is taken from a target only if that leaves the
    target another one, the pair of its largest overlap is never taken.

    Args:
        point: image · priors + prior of the pairs so far; no point twice.
        target: Target of each pair.
        overlap: Overlap of each pair.
        priors: A point grid.
        targets: The objects of the batch.

    Returns:
        Which pairs stay, and target and prior of the new ones.
    """
    has_pair = torch.zeros(len(targets), dtype=torch.bool, device=point.device)
    has_pair[target] = True
    orphans = (~has_pair & ~targets.ignore).nonzero().squeeze(1)
    best = first_maximum_per_group(overlap, target, point, len(targets))
    taken = torch.zeros(targets.batch_size * len(priors), dtype=torch.bool, device=point.device)
    taken[point[best]] = True
    claims = _claim_in_rounds(orphans, taken, priors, targets)
    lost = torch.isin(point, claims[1]) if len(point) else torch.zeros_like(best)
    return ~lost, claims[0], claims[1] % len(priors)


class _Spots(NamedTuple):
    """The different centres of the orphans of each image, and which of them each orphan has."""

    image: Int64[Tensor, "spots"]
    centre: Float[Tensor, "spots 2"]
    of: Int64[Tensor, "orphans"]


class _Wishes(NamedTuple):
    """Free points in the windows of some spots; spot by spot, the nearest first."""

    spot: Tensor
    point: Tensor
    distance: Tensor


def _claim_in_rounds(
    orphans: Int64[Tensor, "orphans"], taken: Bool[Tensor, "points"], priors: Priors, targets: Targets
) -> tuple[Tensor, Tensor]:
    """Gives target and point of every claim; `taken` is updated. Memory is bounded however many share a window."""
    finest = priors.grids[0]
    reach, limit = finest.stride, 2 * finest.stride * max(finest.height, finest.width)
    done: list[tuple[Tensor, Tensor]] = []
    while len(orphans) and reach <= limit:
        orphan, wish, distance = _named(orphans, reach, taken, priors, targets)
        if len(orphan) == 0:
            reach *= 2
            continue
        first = first_maximum_per_group(1 / (1 + distance), wish, orphans[orphan], len(taken))
        done.append((orphans[orphan[first]], wish[first]))
        taken[wish[first]] = True
        served = torch.zeros(len(orphans), dtype=torch.bool, device=orphans.device)
        served[orphan[first]] = True
        orphans = orphans[~served]
    empty = orphans.new_zeros(0)
    return torch.cat([*(claim[0] for claim in done), empty]), torch.cat([*(claim[1] for claim in done), empty])


def _named(
    orphans: Tensor, reach: int, taken: Tensor, priors: Priors, targets: Targets
) -> tuple[Int64[Tensor, "named"], Int64[Tensor, "named"], Float[Tensor, "named"]]:
    """Lets every orphan name the wish of its rank: its place in `orphans`, the point, and how far that is.

    The wishes of a part of the spots are listed at once, first to find the nearest ones, then to find those named.
    """
    spots = _spots(orphans, targets)
    nearest = torch.full((len(spots.image),), -1, dtype=torch.int64, device=orphans.device)
    distance = spots.centre.new_zeros(len(nearest))
    window = (2 * reach // priors.grids[0].stride + 1) ** 2
    parts = torch.arange(len(nearest), device=orphans.device).split(max(1, _WISHES_AT_ONCE // window))
    for part in parts:
        wishes = _wishes(spots, part, reach, taken, priors)
        first = (_place_in_run(wishes.spot) == 0).nonzero().squeeze(1)
        nearest[wishes.spot[first]], distance[wishes.spot[first]] = wishes.point[first], wishes.distance[first]
    rank = _ranks(nearest[spots.of], distance[spots.of], orphans)
    named = []
    for part in parts:
        wishes = wishes if len(parts) == 1 else _wishes(spots, part, reach, taken, priors)
        counts = torch.bincount(wishes.spot, minlength=len(nearest))
        place = (counts.cumsum(0) - counts)[spots.of] + rank
        has_wish = (rank < counts[spots.of]).nonzero().squeeze(1)
        place = place[has_wish]
        named.append((has_wish, wishes.point[place], wishes.distance[place]))
    orphan, point, far = (torch.cat(column) for column in zip(*named, strict=True))
    return orphan, point, far


def _spots(orphans: Tensor, targets: Targets) -> _Spots:
    centre = (targets.boxes[orphans, :2] + targets.boxes[orphans, 2:]) / 2
    rows = torch.cat((targets.image[orphans].to(centre.dtype).unsqueeze(1), centre), dim=1)
    different, of = torch.unique(rows, dim=0, return_inverse=True)
    return _Spots(different[:, 0].long(), different[:, 1:], of)


def _wishes(spots: _Spots, some: Tensor, reach: int, taken: Tensor, priors: Priors) -> _Wishes:
    """Lists the free points in squares about the centres, which are kept inside the canvas by at least one point."""
    height, width = priors.canvas_size
    middle = torch.minimum(spots.centre[some].clamp(min=0), spots.centre.new_tensor((width, height)))
    row, prior = points_inside(torch.cat((middle - reach, middle + reach), dim=1), priors.grids[:1])
    spot = some[row]
    point = spots.image[spot] * len(priors) + prior
    free = (~taken[point]).nonzero().squeeze(1)
    spot, prior, point = spot[free], prior[free], point[free]
    distance = (priors.boxes[prior, :2] - spots.centre[spot]).square().sum(dim=1)
    order = _sort_by(prior, distance, spot)
    return _Wishes(spot[order], point[order], distance[order])


def _ranks(nearest: Tensor, distance: Tensor, orphans: Tensor) -> Int64[Tensor, "orphans"]:
    """Ranks the orphans that share their nearest point by their distance to it, then by row."""
    order = _sort_by(orphans, distance, nearest)
    return torch.zeros_like(orphans).index_copy_(0, order, _place_in_run(nearest[order]))


def _sort_by(last: Tensor, second: Tensor, first: Tensor) -> Int64[Tensor, "rows"]:
    """Gives the order by `first`, among equals by `second`, then by `last`."""
    order = last.argsort(stable=True)
    for key in (second, first):
        order = order[key[order].argsort(stable=True)]
    return order


def _place_in_run(keys: Int64[Tensor, "rows"]) -> Int64[Tensor, "rows"]:
    """Numbers rows from 0 inside each run of equal keys."""
    place = torch.arange(len(keys), device=keys.device)
    starts = torch.ones_like(keys, dtype=torch.bool)
    starts[1:] = keys[1:] != keys[:-1]
    return place - place.where(starts, 0).cummax(0).values
