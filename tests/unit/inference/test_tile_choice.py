from dataclasses import replace

import pytest

from boxwright.errors import ConfigError
from boxwright.geometry.tiling import Tiling
from boxwright.inference.tile_choice import chosen_tiling, said_of_tiles
from boxwright.systems import ModelCard

WHOLE = ModelCard("yolov8n", {}, 1, ("a",), (0,), (64, 64), {}, 2, "0")
CUT = replace(WHOLE, tiling=Tiling((64, 96), 0.4))


def test_the_training_decides_unless_told_otherwise() -> None:
    assert chosen_tiling(WHOLE, "model") is None
    assert chosen_tiling(CUT, "model") == CUT.tiling
    assert chosen_tiling(CUT, "model", 0.1) == Tiling((64, 96), 0.1)
    assert chosen_tiling(CUT, None) is None
    assert chosen_tiling(CUT, 32) == Tiling((32, 32), 0.4)
    assert chosen_tiling(WHOLE, 32) == Tiling((32, 32), 0.2)
    assert chosen_tiling(WHOLE, (32, 48), 0.5) == Tiling((32, 48), 0.5)


@pytest.mark.parametrize(("card", "tile"), [(WHOLE, "model"), (WHOLE, None), (CUT, None)])
def test_an_overlap_of_no_tiles(card: ModelCard, tile: None) -> None:
    with pytest.raises(ConfigError, match="there are no tiles"):
        chosen_tiling(card, tile, 0.3)


def test_only_what_nobody_asked_for_is_said() -> None:
    assert said_of_tiles(None, "model") == ""
    assert said_of_tiles(CUT.tiling, 64) == ""
    assert said_of_tiles(CUT.tiling, "model") == (
        "Images are cut into tiles of 64 × 96 pixels, overlap 0.4, as in the training of this model; --tile null takes "
        "them whole."
    )
    assert said_of_tiles(chosen_tiling(CUT, "model", 0.1), "model", 0.1) == (
        "Images are cut into tiles of 64 × 96 pixels, as in the training of this model but for the overlap, 0.1 as "
        "asked for; --tile null takes them whole."
    )
