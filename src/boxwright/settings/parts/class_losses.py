"""The losses of classes that can be named."""

from boxwright.settings.parts.part import SMALLEST, Option, Part

_SOFTMAX = {"ssd": "its classes and the background are one softmax, and this is a loss of independent classes"}


def _loss(name: str, about: str, source: str, kind: str, *options: Option) -> Part:
    return Part(name, about, source, f"boxwright.losses:{kind}", options, unfit=_SOFTMAX)


_GAMMA = Option("gamma", 2.0, "exponent of the weight: 0, or at least 1", least=0)

CLASS_LOSSES = (
    _loss(
        "cross_entropy",
        "Binary cross-entropy with soft labels",
        "YOLOv3, Redmon and Farhadi 2018",
        "SoftLabelCrossEntropy",
        Option("positive_weight", 1.0, "of the positive part", least=SMALLEST),
    ),
    _loss(
        "focal",
        "Cross-entropy weighted by how wrong the score is",
        "Focal Loss, Lin et al. 2017",
        "FocalLoss",
        _GAMMA,
        Option("alpha", 0.25, "weight of positives; background has 1 − alpha", least=0, most=1),
    ),
    _loss(
        "quality_focal",
        "Cross-entropy weighted by the distance from a soft label",
        "Generalized Focal Loss, Li et al. 2020",
        "QualityFocalLoss",
        _GAMMA,
        Option("alpha", None, "weight of positives, null for none; background has 1 − alpha", least=0, most=1),
    ),
    _loss(
        "varifocal",
        "Positives weighted by their soft label, background focally",
        "VarifocalNet, Zhang et al. 2021",
        "VarifocalLoss",
        _GAMMA,
        Option("alpha", 0.75, "weight of background", least=0),
    ),
    _loss(
        "blurred",
        "Cross-entropy that hardly counts sure scores without a label, which may be forgotten objects",
        "YOLOv5, Jocher et al. 2020",
        "BlurredCrossEntropy",
        Option("alpha", 0.05, "width of the blur", least=0),
    ),
)
