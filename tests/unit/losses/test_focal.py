import math

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.losses import BlurredCrossEntropy, FocalLoss, QualityFocalLoss, SoftLabelCrossEntropy
from tests.unit.losses.test_soft_label import SoftLabelLaws

LOGITS = torch.linspace(-8, 8, 33)
ZERO, ONE = torch.zeros(33), torch.ones(33)


class TestFocal(SoftLabelLaws):
    def make(self) -> FocalLoss:
        return FocalLoss()


class TestPlainFocal(SoftLabelLaws):
    def make(self) -> FocalLoss:
        return FocalLoss(gamma=0.0)


class TestQualityFocal(SoftLabelLaws):
    def make(self) -> QualityFocalLoss:
        return QualityFocalLoss(positive_weight=0.7)


class TestBlurred(SoftLabelLaws):
    def make(self) -> BlurredCrossEntropy:
        return BlurredCrossEntropy()


def test_focal_worked_by_hand() -> None:
    """Score ¾: label 1 costs ¼ · (¼)² · ln(4/3), label 0 costs ¾ · (¾)² · ln 4."""
    logit = torch.tensor([math.log(3)])
    assert FocalLoss(2.0)(logit, ONE[:1]).item() == pytest.approx(0.25 / 16 * math.log(4 / 3))
    assert FocalLoss(2.0)(logit, ZERO[:1]).item() == pytest.approx(0.75 * 9 / 16 * math.log(4))


def test_gamma_zero_and_equal_weights_are_half_of_cross_entropy() -> None:
    labels = torch.linspace(0, 1, 33)
    wanted = SoftLabelCrossEntropy()(LOGITS, labels) / 2
    torch.testing.assert_close(FocalLoss(0.0, 0.5)(LOGITS, labels), wanted)
    torch.testing.assert_close(QualityFocalLoss(0.0, 0.5)(LOGITS, labels), wanted)


def test_quality_focal_equals_focal_for_labels_zero_and_one_and_is_zero_at_the_label() -> None:
    for labels in (ZERO, ONE):
        torch.testing.assert_close(QualityFocalLoss()(LOGITS, labels), FocalLoss()(LOGITS, labels))
    assert QualityFocalLoss()(LOGITS, LOGITS.sigmoid()).abs().max() < 1e-8


def test_blur_forgives_a_sure_score_without_label_and_nothing_else() -> None:
    plain, blurred = SoftLabelCrossEntropy(), BlurredCrossEntropy(0.05)
    torch.testing.assert_close(blurred(LOGITS, ONE), plain(LOGITS, ONE), rtol=1e-6, atol=1e-6)
    assert blurred(LOGITS, ZERO)[-1] < 0.01 * plain(LOGITS, ZERO)[-1]
    torch.testing.assert_close(blurred(LOGITS[:17], ZERO[:17]), plain(LOGITS[:17], ZERO[:17]), rtol=1e-4, atol=0)


@pytest.mark.parametrize("kind", [FocalLoss, QualityFocalLoss])
def test_ranges_are_checked(kind: type[FocalLoss]) -> None:
    with pytest.raises(ConfigError, match=r"gamma must be 0 or at least 1; found 0\.5"):
        kind(0.5)
    with pytest.raises(ConfigError, match=r"alpha must lie in 0 to 1; found 1\.5"):
        kind(2.0, 1.5)
    with pytest.raises(ConfigError, match="positive_weight must be above 0"):
        kind(2.0, 0.25, 0.0)
    with pytest.raises(ConfigError, match="alpha must be at least 0; found -1"):
        BlurredCrossEntropy(-1.0)


def test_quality_focal_without_alpha_is_that_of_the_paper() -> None:
    logits, labels = torch.linspace(-3, 3, 7, dtype=torch.float64), torch.linspace(0, 1, 7, dtype=torch.float64)
    p = torch.sigmoid(logits)
    wanted = -((labels - p).abs() ** 2) * (labels * p.log() + (1 - labels) * (1 - p).log())
    torch.testing.assert_close(QualityFocalLoss(2.0, None)(logits, labels), wanted)
