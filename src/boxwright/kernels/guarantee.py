"""A positive for targets that were left without one."""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.kernels.grid_candidates import points_inside
from boxwright.kernels.segments import first_maximum_per_group
from boxwright.structures.priors import Priors
from boxwright.structures.targets import Targets


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


def _claim_in_rounds(
    orphans: Int64[Tensor, "orphans"], taken: Bool[Tensor, "points"], priors: Priors, targets: Targets
) -> tuple[Tensor, Tensor]:
    """Gives target and point of every claim; `taken` is updated."""
    finest = priors.grids[0]
    reach, limit = finest.stride, 2 * finest.stride * max(finest.height, finest.width)
    done: list[tuple[Tensor, Tensor]] = []
    while len(orphans) and reach <= limit:
        row, prior = points_inside(_windows(orphans, reach, priors, targets), (finest,))
        wish = targets.image[orphans[row]] * len(priors) + prior
        free = ~taken[wish]
        row, prior, wish = row[free], prior[free], wish[free]
        if len(row) == 0:
            reach *= 2
            continue
        winners = _nearest_claims(orphans, row, prior, wish, priors, targets, len(taken))
        done.append((orphans[row[winners]], wish[winners]))
        taken[wish[winners]] = True
        served = torch.zeros(len(orphans), dtype=torch.bool, device=orphans.device)
        served[row[winners]] = True
        orphans = orphans[~served]
    empty = orphans.new_zeros(0)
    return torch.cat([*(claim[0] for claim in done), empty]), torch.cat([*(claim[1] for claim in done), empty])


def _windows(orphans: Tensor, reach: int, priors: Priors, targets: Targets) -> Float[Tensor, "orphans 4"]:
    """Builds squares about the targets' centres, kept inside the canvas by at least one point."""
    height, width = priors.canvas_size
    centre = (targets.boxes[orphans, :2] + targets.boxes[orphans, 2:]) / 2
    centre = torch.minimum(centre.clamp(min=0), centre.new_tensor((width, height)))
    return torch.cat((centre - reach, centre + reach), dim=1)


def _nearest_claims(
    orphans: Tensor, row: Tensor, prior: Tensor, wish: Tensor, priors: Priors, targets: Targets, num_points: int
) -> Int64[Tensor, "claims"]:
    """Lets every orphan name the wish of its rank, and every point its nearest orphan."""
    box = targets.boxes[orphans[row]]
    distance = (priors.boxes[prior, :2] - (box[:, :2] + box[:, 2:]) / 2).square().sum(dim=1)
    order = _sort_by(prior, distance, row)
    row_of, place = row[order], _place_in_run(row[order])
    favourite = order[place == 0]
    favourite = favourite[_sort_by(row[favourite], distance[favourite], wish[favourite])]
    rank = torch.zeros_like(orphans)
    rank[row[favourite]] = _place_in_run(wish[favourite])
    named = order[place == rank[row_of]]
    first = first_maximum_per_group(1 / (1 + distance[named]), wish[named], orphans[row[named]], num_points)
    return named[first]


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
