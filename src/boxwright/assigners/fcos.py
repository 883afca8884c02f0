"""FCOS: points near an object's centre, on the level that its size belongs to."""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from boxwright.assigners.journal import Journal
from boxwright.assigners.matched import Matched, assignment_of, require_points
from boxwright.errors import ConfigError, unknown_name
from boxwright.geometry.precision import widest, without_autocast
from boxwright.kernels.centre_points import are_near_centres, points_near_centres
from boxwright.kernels.choice import takes_reference
from boxwright.kernels.dense_cells import first_of_image
from boxwright.kernels.grid_candidates import points_around
from boxwright.kernels.group_order import first_minimum_per_group
from boxwright.kernels.plain_iou import areas_of, corners, plain_iou
from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors
from boxwright.structures.proposals import Proposals
from boxwright.structures.targets import Targets
from boxwright.structures.verdicts import Reason, Verdicts


class _Candidates(NamedTuple):
    """Points near the centre of a target and inside it, and whether their level is that of its size."""

    target: Tensor
    prior: Tensor
    fits: Tensor


@dataclass(frozen=True, slots=True)
class FcosAssigner:
    """Gives each target the points near its centre, on the levels to which its size belongs.

    A point takes part if it lies strictly inside the target, less than `radius` strides from its centre along each
    side. Its level counts if the farthest side of the target is at least `least` and less than `most` strides away from
    the point; on the finest level there is no least distance and on the coarsest no most. A point that several targets
    get goes to the one of smallest area, then to the lowest. Every quality is 1.

    Published code differs at a distance exactly on a bound, which here belongs to the coarser level: in torchvision it
    belongs to neither, in MMDetection to both. torchvision compares 10⁸ minus the areas in float32, so that areas that
    differ by less than 8 pixels² can be equal.

    Source: FCOS, Tian et al. 2019, sec. 3.2; centre sampling as in its code of 2020.

    Args:
        radius: In strides, above 0; None: all points inside take part, as in the first version of the paper.
        least: In strides, at least 0.
        most: In strides, above `least`.
        guarantee: Whether a target that ends without a positive gets the nearest free point, see
            `boxwright.kernels.guarantee`.
        bound: Whose a distance exactly on a bound between two levels is: the "coarser" one's, or "neither".
        area_limit: Number of pixels from which areas are subtracted in float32 before they are compared, as in
            torchvision; a target as large as that gets nothing. None compares the areas themselves.

    Raises:
        ConfigError: A field is out of its range.
    """

    radius: float | None = 1.5
    least: float = 4.0
    most: float = 8.0
    guarantee: bool = False
    bound: Literal["coarser", "neither"] = "coarser"
    area_limit: float | None = None

    def __post_init__(self) -> None:
        """Checks the ranges."""
        if self.radius is not None and not 0 < self.radius < float("inf"):
            raise ConfigError(f"radius must be finite and above 0, in strides, or null; found {self.radius}.")
        if not 0 <= self.least < self.most:
            raise ConfigError(f"The range needs 0 <= least < most, in strides; found {self.least} and {self.most}.")
        if self.bound not in ("coarser", "neither"):
            raise unknown_name("bound", self.bound, ("coarser", "neither"))
        if self.area_limit is not None and not self.area_limit > 0:
            raise ConfigError(f"area_limit must be above 0, in pixels, or null; found {self.area_limit}.")

    @torch.no_grad()
    def __call__(self, priors: Priors, targets: Targets, proposals: Proposals | None = None) -> Assignment:
        """Gives the pairs, sorted by image and prior.

        Args:
            priors: A point grid.
            targets: The objects of the batch.
            proposals: Not needed.

        Raises:
            ConfigError: The priors are not a point grid.
        """
        del proposals
        require_points(priors, "FcosAssigner")
        with without_autocast(targets.boxes.device):
            if takes_reference(targets.boxes.device, len(targets) * len(priors)):
                return self._dense(priors, targets)
            return self._assignment(self._candidates(priors, targets), priors, targets)

    @torch.no_grad()
    def explain(
        self, priors: Priors, targets: Targets, proposals: Proposals | None = None
    ) -> tuple[Assignment, Verdicts]:
        """Gives the pairs, and why every point inside a target, or up to one cell around it, is one or is not.

        Args:
            priors: A point grid.
            targets: The objects of the batch.
            proposals: Not needed.

        Raises:
            ConfigError: The priors are not a point grid.
        """
        del proposals
        require_points(priors, "FcosAssigner")
        with without_autocast(targets.boxes.device):
            found = self._candidates(priors, targets)
            assignment = self._assignment(found, priors, targets)
            journal = Journal(assignment, priors, targets)
            for reason, rows in ((Reason.LOST, found.fits), (Reason.OTHER_LEVEL, ~found.fits)):
                journal.add(reason, found.target[rows], found.prior[rows])
            add_around(journal, priors, targets)
            journal.add_regions()
            verdicts = journal.close()
            overlap = plain_iou(targets.boxes[verdicts.target], corners(priors)[verdicts.prior])
            return assignment, replace(verdicts, overlap=overlap)

    def _candidates(self, priors: Priors, targets: Targets) -> _Candidates:
        live = (~targets.ignore).nonzero().squeeze(1)
        boxes = targets.boxes[live]
        row, prior = points_near_centres(boxes, priors, self.radius, inside=True)
        return _Candidates(live[row], prior, self._fits(boxes[row], priors, prior))

    def _fits(self, boxes: Float[Tensor, "... 4"], priors: Priors, prior: Tensor | None = None) -> Bool[Tensor, "..."]:
        """Tells whether the level of some priors, or of all, is one for the size of the boxes."""
        boxes = boxes.to(widest(boxes.device))
        place, stride, level = priors.boxes[:, :2].to(boxes.dtype), priors.stride, priors.level
        if prior is not None:
            place, stride, level = place[prior], stride[prior], level[prior]
        far = torch.cat((place - boxes[..., :2], boxes[..., 2:] - place), dim=-1).amax(dim=-1) / stride
        is_large = far >= self.least if self.bound == "coarser" else far > self.least
        is_large |= level == 0
        return is_large & ((far < self.most) | (level == len(priors.grids) - 1))

    def _dense(self, priors: Priors, targets: Targets) -> Assignment:
        """Looks at all targets and points at once, so that the host waits for the number of pairs alone."""
        boxes, area = targets.boxes, self._areas(targets.boxes)
        fits = are_near_centres(boxes, priors, self.radius) & self._fits(boxes.unsqueeze(1), priors)
        takes_part = ~targets.ignore if self.area_limit is None else ~targets.ignore & (area < 0)
        order = area.argsort(stable=True)
        rank = torch.empty_like(order).scatter_(0, order, torch.arange(len(order), 0, -1, device=order.device))
        values = rank.float().unsqueeze(1).where(fits & takes_part.unsqueeze(1), -1.0)
        dense = first_of_image(values, targets.image, targets.batch_size).view(-1)
        point = (dense < len(targets)).nonzero().squeeze(1)
        ones = torch.ones(len(point), device=point.device)
        pairs = Matched(dense.take(point), point % len(priors), ones, ones)
        return assignment_of(pairs, priors, targets, guarantee=self.guarantee)

    def _assignment(self, found: _Candidates, priors: Priors, targets: Targets) -> Assignment:
        target, prior = found.target[found.fits], found.prior[found.fits]
        point = targets.image[target] * len(priors) + prior
        area = self._areas(targets.boxes)[target]
        wins = first_minimum_per_group(area, point, target, targets.batch_size * len(priors))
        ones = torch.ones(len(target), device=target.device)
        pairs = Matched(target, prior, ones, ones).take(wins)
        if self.area_limit is not None:
            pairs = pairs.take(area[wins] < 0)
        return assignment_of(pairs, priors, targets, guarantee=self.guarantee)

    def _areas(self, boxes: Tensor) -> Tensor:
        """Gives a number for every target, of which the smallest wins a point."""
        if self.area_limit is None:
            return areas_of(boxes.to(widest(boxes.device)))
        return areas_of(boxes.float()) - self.area_limit


def add_around(journal: Journal, priors: Priors, targets: Targets) -> None:
    """Writes down the points inside each target that are too far from its centre, and those up to one cell around it.

    Args:
        journal: Of an explanation.
        priors: A point grid.
        targets: The objects of the batch.
    """
    live = (~targets.ignore).nonzero().squeeze(1)
    boxes = targets.boxes[live]
    row, prior = points_near_centres(boxes, priors, None, inside=True)
    journal.add(Reason.OFF_CENTRE, live[row], prior)
    row, prior = points_around(boxes, priors.grids)
    journal.add(Reason.OUTSIDE_BOX, live[row], prior)
