"""All parts by role and name."""

from boxwright.settings.parts.assigners import ASSIGNERS
from boxwright.settings.parts.box_losses import BOX_LOSSES
from boxwright.settings.parts.class_losses import CLASS_LOSSES
from boxwright.settings.parts.part import SMALLEST, Option, Part

_KEEPS = Part("keep_all", "Keeps every prior", "All but SSD", "boxwright.samplers:KeepAll")
_HARD = Part(
    "hard_negatives",
    "Keeps the negatives of largest loss, so many per positive",
    "SSD, Liu et al. 2016",
    "boxwright.samplers:HardNegatives",
    (
        Option("ratio", 3.0, "negatives per positive", least=0),
        Option("without_positives", 0, "negatives of an image without positives", least=0),
    ),
    unfit=dict.fromkeys(
        ("retinanet", "fcos", "yolov5", "yolov8"),
        "it ranks priors by the softmax of a class term with a background, and this one has a sigmoid per class",
    ),
)
_BALANCED = Part(
    "balanced",
    "Draws a number of priors per image, positives and negatives in proportion",
    "Fast R-CNN, Girshick 2015",
    "boxwright.samplers:BalancedSampler",
    (
        Option("size", 256, "priors per image", least=1),
        Option("positive_fraction", 0.5, "largest share of positives", least=0, most=1),
        Option("negative_ratio", None, "most negatives per positive, null for any number", least=0),
        Option("cover_targets", False, "whether every object has a pair drawn first"),
        Option("seed", None, "the same numbers are drawn in every call; null: other ones", least=0, is_whole=True),
    ),
)
_RANKS = Option("average_over_ranks", True, "whether the processes of a distributed training share one divisor")


def _reducer(name: str, about: str, source: str, kind: str, *options: Option) -> Part:
    return Part(name, about, source, f"boxwright.reducers:{kind}", options)


_REDUCERS = (
    _reducer(
        "by_quality",
        "Divides by the summed quality of the pairs",
        "TOOD, Feng et al. 2021",
        "ByQuality",
        Option("floor", 1.0, "the least divisor", least=SMALLEST),
    ),
    _reducer("by_positives", "Divides by the positives, one at least per image", "MMDetection", "ByPositives", _RANKS),
    _reducer("by_samples", "Divides by the priors that count", "MMDetection", "BySamples", _RANKS),
    _reducer("pair_mean", "Divides by the number of pairs", "SSD, Liu et al. 2016", "PairMean"),
    _reducer("per_image", "Divides each image by its positives", "torchvision", "PerImageMean"),
    _reducer("per_level", "Takes the mean of every level, and sums them up", "YOLOv5", "PerLevelMean"),
)

PARTS: dict[str, dict[str, Part]] = {
    role: {part.name: part for part in parts}
    for role, parts in {
        "assigner": ASSIGNERS,
        "sampler": (_KEEPS, _HARD, _BALANCED),
        "reducer": _REDUCERS,
        "class_loss": CLASS_LOSSES,
        "box_loss": BOX_LOSSES,
    }.items()
}
"""Role → name → part."""
