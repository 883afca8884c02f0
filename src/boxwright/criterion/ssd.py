"""The criterion of SSD (MultiBox loss), and how published versions of it differ."""

from dataclasses import dataclass

from boxwright.assigners.bipartite import BipartiteAssigner
from boxwright.coders.delta import DeltaCoder
from boxwright.criterion.code_regression import CodeRegressionTerm
from boxwright.criterion.criterion import Criterion
from boxwright.criterion.softmax_classification import SoftmaxClassificationTerm
from boxwright.errors import ConfigError, unknown_name
from boxwright.losses.cross_entropy import CrossEntropy
from boxwright.losses.smooth_l1 import L1, CodeLoss, SmoothL1
from boxwright.reducers.by_quality import ByQuality
from boxwright.samplers.hard_negatives import HardNegatives


@dataclass(frozen=True, slots=True)
class _Dialect:
    shared_best: str
    loss: CodeLoss
    box_gain: float
    clamp: str


_DIALECTS: dict[str, _Dialect] = {
    "default": _Dialect("greedy", SmoothL1(1.0), 1.0, "both"),
    "torchvision": _Dialect("last", SmoothL1(1.0), 1.0, "upper"),
    "tiny": _Dialect("last", L1(), 1 / 4, "both"),
}
SSD_DIALECTS = tuple(_DIALECTS)
"""The paper's "default"; "torchvision", where targets can be lost; "tiny", a tutorial's, whose box loss is a mean."""


def ssd_coder(dialect: str = "default") -> DeltaCoder:
    """Builds the coder: shifts in tenths of the prior's size, logarithms of its change in fifths.

    Args:
        dialect: One of `SSD_DIALECTS`.

    Raises:
        ConfigError: The dialect is unknown.
    """
    return DeltaCoder(stds=(0.1, 0.1, 0.2, 0.2), clamp=_dialect(dialect).clamp)


def ssd_criterion(
    *,
    dialect: str = "default",
    threshold: float = 0.5,
    negatives_per_positive: float = 3.0,
    negatives_without_positives: int = 0,
    alpha: float = 1.0,
) -> Criterion:
    """Assembles the losses "box" and "class".

    Both are sums, over the pairs and over the pairs and hardest negatives, divided by the number of pairs of the batch
    (at least 1); without any pair they are 0. An image without any pair has no negatives by default. In the paper and
    by default, several targets that prefer one prior share out the priors greedily and the box loss is a smooth L1,
    summed over the four numbers of a code. "torchvision" gives a shared prior to the last target. "tiny" does so too,
    and its box loss is the mean of |d| over the four numbers, though the tutorials call it smooth L1: a quarter of what
    the paper has.

    Source: SSD, Liu et al. 2016, eq. 1 to 3.

    Args:
        dialect: One of `SSD_DIALECTS`.
        threshold: IoU from which a prior joins a target, see `BipartiteAssigner`.
        negatives_per_positive: See `HardNegatives`.
        negatives_without_positives: How many negatives an image without any pair gives, see `HardNegatives`.
        alpha: Weight of the box loss.

    Raises:
        ConfigError: The dialect is unknown, or a value is out of its range.
    """
    published = _dialect(dialect)
    if not alpha >= 0:
        raise ConfigError(f"alpha must be at least 0; found {alpha}.")
    coder = ssd_coder(dialect)
    return Criterion(
        assigner=BipartiteAssigner(threshold, published.shared_best),
        decode=coder.decode,
        terms=(
            # every quality and weight is 1, so both are divided by the number of pairs
            CodeRegressionTerm(coder, loss=published.loss, reducer=ByQuality(), gain=alpha * published.box_gain),
            SoftmaxClassificationTerm(loss=CrossEntropy(), reducer=ByQuality(), gain=1.0),
        ),
        sampler=HardNegatives(negatives_per_positive, negatives_without_positives),
        times_batch_size=False,
        reaches=coder.reaches,
    )


def _dialect(name: str) -> _Dialect:
    if name not in _DIALECTS:
        raise unknown_name("dialect", name, _DIALECTS)
    return _DIALECTS[name]
