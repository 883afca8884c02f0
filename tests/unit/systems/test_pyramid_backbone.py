import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.models.backbones import ResNetBackbone, TimmBackbone
from boxwright.systems.pyramid_backbone import backbone_options, pyramid_backbone, require_pyramid


def _filled(**given: object) -> dict[str, object]:
    unsaid = {"pretrained": False, "backbone": None, "frozen_stages": None, "holds_norms": None}
    return backbone_options(**{**unsaid, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "frozen_stages", "holds_norms"),
    [
        ({}, 0, False),
        ({"pretrained": True}, 1, True),
        ({"pretrained": True, "backbone": "mobilenetv3_small_050"}, 0, True),
        ({"pretrained": True, "frozen_stages": 3, "holds_norms": False}, 3, False),
    ],
)
def test_what_is_left_out_follows_the_start(given: dict[str, object], frozen_stages: int, holds_norms: bool) -> None:
    found = _filled(**given)
    assert (found["frozen_stages"], found["holds_norms"]) == (frozen_stages, holds_norms)


def test_a_resnet_or_one_of_timm() -> None:
    with torch.device("meta"):
        assert isinstance(pyramid_backbone("r18", (8, 16, 32), _filled()), ResNetBackbone)
    other = pyramid_backbone("r18", (8, 16, 32), _filled(backbone="mobilenetv3_small_050"))
    assert isinstance(other, TimmBackbone)
    with pytest.raises(ConfigError, match="frozen_stages counts the stages of a ResNet; found 2"):
        pyramid_backbone("r18", (8, 16, 32), _filled(backbone="mobilenetv3_small_050", frozen_stages=2))


@pytest.mark.parametrize("numbers", [(0, 64, 1), (1, 40, 1), (1, 0, 1), (1, 64, -1)])
def test_impossible_numbers_are_refused_by_name(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ConfigError, match="fcos needs num_classes of at least 1"):
        require_pyramid("fcos", *numbers)
    require_pyramid("fcos", 1, 32, 0)
