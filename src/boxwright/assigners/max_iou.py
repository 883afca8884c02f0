"""Max-IoU assignment: an anchor answers for the object that it overlaps most."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Bool
from torch import Tensor

from boxwright.assigners.journal import NEARLY, Journal
from boxwright.assigners.usable_priors import usable_priors
from boxwright.errors import ConfigError, unknown_name
from boxwright.geometry.frozen import frozen
from boxwright.geometry.precision import without_autocast
from boxwright.kernels.choice import takes_reference
from boxwright.kernels.dense_max_iou import MaxIouRule, dense_covered, dense_max_iou
from boxwright.kernels.listed_max_iou import claims_of, listed_max_iou, outside_bands
from boxwright.kernels.overlap_search import Overlaps, covered_pairs, overlapping_pairs
from boxwright.kernels.plain_iou import corners, plain_iou
from boxwright.kernels.segments import first_maximum_per_group, max_per_group
from boxwright.kernels.zero_overlaps import with_zero_overlaps
from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors
from boxwright.structures.proposals import Proposals
from boxwright.structures.targets import Targets
from boxwright.structures.verdicts import Reason, Verdicts

FORCED = ("off", "best", "last", "restore")
SHARES = ("anchor", "region")


@dataclass(frozen=True, slots=True)
class MaxIouAssigner:
    """Gives each anchor to the target that it overlaps most, if that is enough, and each target its best anchors.

    With the largest IoU of an anchor with any target of its image: at least `positive` makes a pair with that target
    (of equal ones the lowest); in the `negative` band the anchor is background; in between, or below the band, it
    is ignored. Then every target claims the anchors of its own best IoU, if that is above 0:

    - "best" (ours): they become pairs with it; an anchor that several targets claim goes to the one that it overlaps
      most, then to the lowest.
    - "last" (MMDetection): as "best", but to the target listed last.
    - "restore" (torchvision): a claimed anchor becomes a pair with the target that *it* overlaps most, which may be
      another one; the target that claimed it then goes without.
    - "off": nothing is claimed.

    These claims stand in place of the `guarantee` that other assigners have, and promise less: where others claim a
    target's best anchors too, and overlap them more, it goes without.

    A target that overlaps no anchor at all (its best IoU is 0: it has no area, or lies outside) gets nothing. Published
    code with a least overlap of 0 gives it *every* anchor of IoU 0, that is all of them; so does `zero_overlap`.

    Only pairs that can matter are measured, see `overlapping_pairs`; nothing of size targets times anchors is made.
    Every quality is 1.

    Source: RetinaNet, Lin et al. 2017, sec. 4; the claims are those of Faster R-CNN, Ren et al. 2015, sec. 3.1.2.

    Args:
        positive: Least IoU of a pair.
        negative: IoU under which an anchor is background; or (least, limit) of the band.
        forced: Who gets the best anchors of a target: "off", "best", "last" or "restore".
        least_forced: Least IoU of a claim.
        all_ties: Whether a target claims all anchors of exactly its best IoU, or the lowest of them.
        ignore_share: An anchor of which more than this share lies in one ignored target is ignored; None: none is.
        ignored_may_match: Whether such an anchor may still be in a pair, and is then not ignored.
        allowed_border: How far an anchor may reach beyond its image, in pixels; farther ones are ignored. None: any.
        size_multiple: Where `Targets.image_sizes` are given, anchors beyond each image, padded to sides that are a
            multiple of this, are ignored.
        zero_overlap: Whether to reproduce the trap; needs "last" and no least overlap.
        share_of: What `ignore_share` is of: the area of the "anchor", or that of the "region" (MMDetection's
            `ignore_wrt_candidates=False`).

    Raises:
        ConfigError: A field is out of its range.
    """

    positive: float = 0.5
    negative: float | Sequence[float] = 0.4
    forced: str = "best"
    least_forced: float = 0.0
    all_ties: bool = True
    ignore_share: float | None = 0.5
    ignored_may_match: bool = True
    allowed_border: float | None = None
    size_multiple: int = 32
    zero_overlap: bool = False
    share_of: Literal["anchor", "region"] = "anchor"

    def __post_init__(self) -> None:
        """Checks the ranges."""
        object.__setattr__(self, "negative", frozen(self.negative))
        if isinstance(self.negative, Sequence) and len(self.negative) != 2:
            raise ConfigError(f"negative is a limit, or a pair (least, limit); found {self.negative}.")
        low, high = self.band
        if not 0 <= low < high <= self.positive <= 1:
            raise ConfigError(
                "The bands must be in order, 0 < negative <= positive <= 1; found negative "
                f"{self.negative} and positive {self.positive}."
            )
        if self.forced not in FORCED:
            raise unknown_name("rule for forced anchors", self.forced, FORCED)
        if self.ignore_share is not None and not 0 <= self.ignore_share <= 1:
            raise ConfigError(f"ignore_share must lie in 0 to 1; found {self.ignore_share}.")
        if self.share_of not in SHARES:
            raise unknown_name("area that the share is of", self.share_of, SHARES)
        if self.zero_overlap and (self.forced != "last" or self.least_forced > 0):
            raise ConfigError('zero_overlap is the trap of forced="last" with least_forced=0; leave it off otherwise.')

    @property
    def band(self) -> tuple[float, float]:
        """Least IoU of background and its limit."""
        if isinstance(self.negative, Sequence):
            low, high = self.negative
            return low, high
        return 0.0, self.negative

    @property
    def _rule(self) -> MaxIouRule:
        return MaxIouRule(self.positive, self.band, self.forced, self.least_forced, self.all_ties, self.zero_overlap)

    @torch.no_grad()
    def __call__(self, priors: Priors, targets: Targets, proposals: Proposals | None = None) -> Assignment:
        """Gives the pairs, sorted by image and prior, and what is ignored.

        Args:
            priors: Anchors; all cells of a level have the same ones.
            targets: The objects of the batch.
            proposals: Not needed.
        """
        del proposals
        with without_autocast(targets.boxes.device):
            covered = self._covered(priors, targets)
            usable = self._usable(priors, targets, covered)
            if takes_reference(targets.boxes.device, len(targets) * len(priors)):
                target, ignored = dense_max_iou(self._rule, priors, targets, usable, covered)
                point = (target.view(-1) < len(targets)).nonzero().squeeze(1)
                target = target.take(point)
                return Assignment.of_pairs(priors, targets, prior=point % len(priors), target=target, ignored=ignored)
            pairs = self._pairs(priors, targets, usable, self._rule.threshold, with_best=self.forced != "off")
            return listed_max_iou(self._rule, pairs, priors, targets, usable, covered)

    @torch.no_grad()
    def explain(
        self, priors: Priors, targets: Targets, proposals: Proposals | None = None
    ) -> tuple[Assignment, Verdicts]:
        """Gives the pairs, and why every anchor that a target overlaps enough, or half as much, is one or is not.

        Half of enough is half of the limit of background, or of the target's best IoU, whichever is less. Targets that
        overlap nothing have no row, unless they are ignored.

        Args:
            priors: Anchors; all cells of a level have the same ones.
            targets: The objects of the batch.
            proposals: Not needed.
        """
        assignment = self(priors, targets, proposals)
        with without_autocast(targets.boxes.device):
            covered = self._covered(priors, targets)
            usable = self._usable(priors, targets, covered)
            journal = Journal(assignment, priors, targets)
            self._write(journal, self._near(priors, targets, usable), assignment, priors, targets)
            if usable is not None:
                self._write_unusable(journal, priors, targets, usable, covered)
            self._write_regions(journal, priors, targets)
            verdicts = journal.close()
            overlap = plain_iou(targets.boxes[verdicts.target], corners(priors)[verdicts.prior])
            return assignment, replace(verdicts, overlap=overlap)

    def _usable(self, priors: Priors, targets: Targets, covered: Tensor | None) -> Bool[Tensor, "batch priors"] | None:
        usable = usable_priors(priors, targets, allowed_border=self.allowed_border, size_multiple=self.size_multiple)
        if covered is None or self.ignored_may_match:
            return usable
        return ~covered if usable is None else usable & ~covered

    def _write(
        self, journal: Journal, pairs: Overlaps, assignment: Assignment, priors: Priors, targets: Targets
    ) -> None:
        """Writes down why pairs of usable priors are not in the assignment."""
        num_points = targets.batch_size * len(priors)
        point = targets.image[pairs.row] * len(priors) + pairs.prior
        is_best = first_maximum_per_group(pairs.overlap, point, pairs.row, num_points)
        outside = outside_bands(self._rule, pairs, point, is_best, num_points)
        outside[assignment.image * len(priors) + assignment.prior] = False
        low, high = self.band
        in_band = outside[point] & ~((pairs.overlap >= low) & (pairs.overlap < high))
        if self.forced != "off":
            claims = claims_of(self._rule, pairs, len(targets))
            journal.add(Reason.LOST, pairs.row[claims], pairs.prior[claims])
        for reason, rows in (
            (Reason.LOST, pairs.overlap >= self.positive),
            (Reason.IGNORE_BAND, in_band),
            (Reason.BELOW_THRESHOLD, slice(None)),
        ):
            journal.add(reason, pairs.row[rows], pairs.prior[rows])

    def _write_unusable(
        self, journal: Journal, priors: Priors, targets: Targets, usable: Tensor, covered: Tensor | None
    ) -> None:
        """Writes down which priors a target would overlap if they took part."""
        pairs = self._near(priors, targets, None)
        image = targets.image[pairs.row]
        if covered is not None and not self.ignored_may_match:
            rows = covered[image, pairs.prior]
            journal.add(Reason.IGNORED_REGION, pairs.row[rows], pairs.prior[rows])
        rows = ~usable[image, pairs.prior]
        journal.add(Reason.OUTSIDE_IMAGE, pairs.row[rows], pairs.prior[rows])

    def _write_regions(self, journal: Journal, priors: Priors, targets: Targets) -> None:
        """Writes down the priors that ignored targets cover."""
        regions = targets.ignore.nonzero().squeeze(1)
        if self.ignore_share is not None and len(regions):
            row, prior = covered_pairs(
                targets.boxes[regions], priors, self.ignore_share, of_region=self.share_of == "region"
            )
            journal.add(Reason.IGNORED_REGION, regions[row], prior)

    def _covered(self, priors: Priors, targets: Targets) -> Bool[Tensor, "batch priors"] | None:
        """Marks what ignored targets cover; None if they cannot cover any."""
        if self.ignore_share is None:
            return None
        of_region = self.share_of == "region"
        if takes_reference(targets.boxes.device, len(targets) * len(priors)):
            return dense_covered(targets, priors, self.ignore_share, of_region=of_region)
        regions = targets.ignore.nonzero().squeeze(1)
        if len(regions) == 0:
            return None
        row, prior = covered_pairs(targets.boxes[regions], priors, self.ignore_share, of_region=of_region)
        marked = torch.zeros(targets.batch_size, len(priors), dtype=torch.bool, device=regions.device)
        return marked.index_put_((targets.image[regions[row]], prior), marked.new_ones(()))

    def _near(self, priors: Priors, targets: Targets, usable: Tensor | None) -> Overlaps:
        """Lists pairs of half the IoU that counts, or of half the best one of their target."""
        best = self._pairs(priors, targets, usable, 1.0, with_best=True)
        least = max_per_group(best.overlap, best.row, len(targets)).clamp(max=self._rule.threshold)
        return self._pairs(priors, targets, usable, NEARLY * least, with_best=False)

    def _pairs(
        self, priors: Priors, targets: Targets, usable: Tensor | None, least: float | Tensor, *, with_best: bool
    ) -> Overlaps:
        """Lists the pairs of targets that are no regions from an IoU on, and the best ones of each target."""
        live = (~targets.ignore).nonzero().squeeze(1)
        pairs = overlapping_pairs(
            targets.boxes[live],
            priors,
            least[live] if isinstance(least, Tensor) else least,
            image=targets.image[live],
            usable=usable,
            with_best=with_best,
        )
        pairs = pairs._replace(row=live[pairs.row])
        return with_zero_overlaps(pairs, live, priors, targets, usable) if self.zero_overlap else pairs
