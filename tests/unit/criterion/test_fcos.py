import pytest
import torch

from boxwright.assigners import FcosAssigner
from boxwright.criterion import FCOS_DIALECTS, fcos_assigner, fcos_criterion
from boxwright.errors import ConfigError
from boxwright.prior_generators import PointGrid
from boxwright.structures import Predictions, Targets


def test_what_the_dialects_are() -> None:
    assert fcos_assigner() == FcosAssigner(radius=1.5, least=4.0, most=8.0)
    assert fcos_assigner("torchvision", radius=None, guarantee=True) == FcosAssigner(
        radius=None, guarantee=True, bound="neither", area_limit=1e8
    )
    assert FCOS_DIALECTS == ("default", "torchvision")


@pytest.mark.parametrize("dialect", FCOS_DIALECTS)
def test_without_objects_only_the_background_costs(dialect: str) -> None:
    priors = PointGrid((8, 16))((64, 64))
    leaves = [torch.zeros(1, len(priors), size, requires_grad=True) for size in (3, 4, 1)]
    predictions = Predictions.from_dense(*leaves[:2], priors, further={"centreness": leaves[2]})
    losses = fcos_criterion(dialect=dialect)(
        predictions, priors, Targets.from_lists([torch.zeros(0, 4)], [torch.zeros(0)])
    )
    assert list(losses) == ["class", "box", "centreness"]
    assert losses["class"] > 0
    assert [losses[name].item() for name in ("box", "centreness")] == [0.0, 0.0]
    torch.stack(list(losses.values())).sum().backward()
    assert all(leaf.grad is not None and bool(leaf.grad.isfinite().all()) for leaf in leaves)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dialect": "detectron"}, "Unknown dialect 'detectron'"),
        ({"box_loss": "l2"}, "Unknown box loss 'l2'"),
        ({"radius": -1.0}, "radius must be finite and above 0"),
        ({"focal_alpha": 2.0}, "alpha"),
    ],
)
def test_impossible_settings_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        fcos_criterion(**options)
