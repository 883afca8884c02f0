import pytest

from boxwright.data import AugmentationSettings
from boxwright.errors import ConfigError


def test_defaults_are_the_published_ones() -> None:
    settings = AugmentationSettings()
    assert (settings.mosaic, settings.mixup, settings.hsv) == (1.0, 0.0, (0.015, 0.7, 0.4))
    assert (settings.degrees, settings.translate, settings.scale, settings.shear) == (0.0, 0.1, 0.5, 0.0)
    assert (settings.flip_horizontal, settings.flip_vertical, settings.close_mosaic_epochs) == (0.5, 0.0, 10)


@pytest.mark.parametrize(
    "wrong",
    [
        {"mosaic": 1.1},
        {"mixup": -0.1},
        {"hsv": (0.0, 0.0, 1.5)},
        {"degrees": 181.0},
        {"translate": 2.0},
        {"scale": 1.0},
        {"shear": 90.0},
        {"flip_horizontal": float("nan")},
        {"flip_vertical": -1.0},
        {"close_mosaic_epochs": -1},
        {"photometric": 1.5},
        {"zoom_out": -0.5},
        {"zoom_out_largest": 0.9},
        {"zoom_out_largest": float("inf")},
        {"iou_crop": 2.0},
        {"iou_crop_smallest": 0.0},
        {"iou_crop_smallest": 1.1},
        {"copy_paste": 1.5},
        {"multi_scale": 1.0},
        {"multi_scale": -0.1},
        {"repeat_rare": 1.5},
    ],
)
def test_out_of_range(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        AugmentationSettings(**wrong)  # type: ignore[arg-type]


def test_all_faults_at_once() -> None:
    with pytest.raises(ConfigError, match=r"mosaic = 2.*scale = 7"):
        AugmentationSettings(mosaic=2.0, scale=7.0)


def test_mosaic_ends_before_the_last_epochs() -> None:
    settings = AugmentationSettings(close_mosaic_epochs=2)
    assert [settings.mosaic_in(epoch, 5) for epoch in range(5)] == [True, True, True, False, False]
    assert not AugmentationSettings().mosaic_in(0, 10)
    assert AugmentationSettings(close_mosaic_epochs=0).mosaic_in(4, 5)
