import pytest
import torch
from torch.nn.functional import binary_cross_entropy, one_hot

from boxwright.kernels import class_costs as module
from boxwright.kernels.class_costs import class_costs
from boxwright.prior_generators import PointGrid
from boxwright.structures import Predictions, Proposals, Targets


@pytest.mark.parametrize("has_background", [False, True])
@pytest.mark.parametrize("at_once", [1, 3, 1 << 14])
def test_it_is_the_cross_entropy_of_the_roots(
    has_background: bool, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POINTS_AT_ONCE", at_once)
    torch.manual_seed(0)
    priors = PointGrid((8,))((16, 24))
    logits = torch.randn(2, 6, 4, dtype=torch.float64)
    predictions = Predictions.from_dense(logits, torch.zeros(2, 6, 4), priors, has_background=has_background)
    targets = Targets.from_lists(
        [torch.tensor([[0.0, 0, 9, 9], [4, 4, 16, 12]]), torch.tensor([[2.0, 2, 20, 14]])],
        [torch.tensor([0, 2]), torch.tensor([1])],
    )
    target, prior = torch.tensor([0, 1, 1, 2, 0]), torch.tensor([5, 5, 0, 5, 3])
    found = class_costs(target, prior, targets, Proposals(predictions, priors, lambda codes, rows: codes))
    rows = logits[targets.image[target], prior]
    scores = rows.softmax(1)[:, 1:] if has_background else rows.sigmoid()
    labels = one_hot(targets.labels[target], scores.shape[1]).to(scores.dtype)
    expected = binary_cross_entropy(scores.sqrt(), labels, reduction="none").sum(1)
    torch.testing.assert_close(found, expected)
