import pytest
import torch

from boxwright.kernels.choice import VARIABLE
from tests.budgets.scenes import make_scene


@pytest.mark.parametrize("targets", [0, 6])
def test_sums_and_gradients_of_both_implementations_are_the_same(targets: int, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = make_scene("yolov8n-seg", images=2, targets=targets)
    masks = scene.predictions.masks
    assert masks is not None
    results = []
    for path in ("sparse", "reference"):
        monkeypatch.setenv(VARIABLE, path)
        loss = scene.system.criterion(scene.predictions, scene.priors, scene.targets)["mask"]
        results.append((loss, *torch.autograd.grad(loss, (*masks.coefficients, masks.prototypes))))
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)
