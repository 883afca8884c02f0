"""What can be known of a search before its first trial."""

from typing import Any

import pytest

from boxwright.errors import ConfigError
from boxwright.settings.tuning.search import search_from
from boxwright.training.tuning import rehearsal
from boxwright.training.tuning.rehearsal import require_trainable


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({"system": "yolov8n,yolov8n-seg"}, "space.system: yolov8n-seg is judged by the AP of masks"),
        ({"system_options.dialect": "early,nine"}, "space.system_options.dialect, at 'nine', with yolov8n: "),
        ({"parts.box_loss": "ciou,nowhere_at_all.Mine"}, "at 'nowhere_at_all.Mine', with yolov8n: parts.box_loss"),
        ({"parts.class_loss": "varifocal,focal", "parts.class_loss.gamma": "0.5..2"}, "gamma must be 0 or at least 1"),
        ({"canvas": "64,100"}, "space.canvas, at 100, with yolov8n: canvas: both sides must be multiples of 32"),
        ({"canvas": "64..128"}, "space.canvas, at 65, with yolov8n: "),
        ({"system": "yolov8n,ssd300_light"}, "space.canvas, at 320, with ssd300_light: canvas: this system works on"),
    ],
)
def test_what_a_later_trial_would_stumble_over_is_said_first(space: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        require_trainable(search_from({"space": space, **({} if "canvas" in space else {"canvas": 320})}))
    assert said in str(refused.value)


def test_a_good_space_passes() -> None:
    require_trainable(search_from({"space": {"canvas": "64..128:32", "system_options.levels": "2-5,3-5"}}))
    of_weights = {"weights": "a.safetensors", "system_options": {"clips_boxes": True}}  # which say what system it is
    require_trainable(search_from({"space": {"canvas": "100,300"}, **of_weights}))


def test_several_devices_are_refused(monkeypatch) -> None:
    class Two:
        world_size = 2

    monkeypatch.setattr(rehearsal, "build_trial_trainer", lambda _: Two())
    with pytest.raises(ConfigError, match=r"devices: a search trains on one device at a time. Give --devices 1"):
        require_trainable(search_from({"space": {"optimization.lr": "0..1"}}))
