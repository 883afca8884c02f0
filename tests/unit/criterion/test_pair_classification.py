import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

from boxwright.criterion import PairClassificationTerm
from boxwright.errors import ConfigError
from tests.contracts.term_laws import TermLaws, some_matches


class TestPairClassification(TermLaws):
    reads = ("class_logits",)

    def make(self) -> PairClassificationTerm:
        return PairClassificationTerm(gain=1.0)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_is_the_mean_over_pairs_and_classes_of_each_level(smoothing: float) -> None:
    matches, _ = some_matches(40)
    assignment = matches.assignment
    logits = matches.predictions.class_logits_at(assignment.image, assignment.prior)
    hot = one_hot(matches.labels, 3) * assignment.quality[:, None] * (1 - smoothing) + smoothing / 2
    values = binary_cross_entropy_with_logits(logits, hot, reduction="none")
    level = matches.priors.level[assignment.prior]
    wanted = sum(values[level == index].mean() for index in level.unique())
    found = PairClassificationTerm(gain=2.0, label_smoothing=smoothing)(matches)
    torch.testing.assert_close(found, 2 * torch.as_tensor(wanted))


def test_priors_without_a_pair_get_no_gradient() -> None:
    matches, leaves = some_matches(9)
    PairClassificationTerm()(matches).backward()
    touched = sum(int(leaf.grad.any(dim=2).sum()) for leaf in leaves["class_logits"] if leaf.grad is not None)
    assert touched == len(set(zip(matches.assignment.image.tolist(), matches.assignment.prior.tolist(), strict=True)))


def test_smoothing_is_checked() -> None:
    with pytest.raises(ConfigError, match="Label smoothing must lie in 0 to 1; found 2"):
        PairClassificationTerm(label_smoothing=2.0)
