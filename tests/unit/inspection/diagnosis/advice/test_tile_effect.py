"""Every number about tiles is that of a run over them."""

import json

import pytest

from boxwright.errors import ConfigError
from boxwright.inspection.diagnosis import diagnose

SMALL = [(float(x), float(y), x + 2.4, y + 2.4) for x in (8, 40, 72, 104) for y in (8, 100)]


def test_small_objects_of_a_large_image_are_helped(hand_made) -> None:
    data = hand_made(SMALL, side=128)
    found = diagnose(data, "yolov5n", canvas=64, tile=32, advice=False)
    (effect,) = found.tiles
    assert effect.helps
    assert effect.sides == pytest.approx((1.2, 4.8), abs=1e-4)
    assert effect.before == found.systems[0].everything
    assert effect.before.share_without == 1.0
    assert effect.after.share_without == 0.0
    assert (effect.images, effect.tiles) == (1, 25)
    assert effect.share_large == 0
    assert effect.text() in found.text()
    assert "would help" in effect.text()
    assert "25 tiles in place of 1 image: 25.0 times the computing." in found.html()
    assert json.loads(json.dumps(found.to_dict()))["tiles"][0]["median_side_in_tiles"] == pytest.approx(4.8, abs=1e-4)


def test_large_objects_are_not(hand_made) -> None:
    data = hand_made([(0, 0, 60, 60), (60, 60, 128, 128), (100, 10, 108, 18)], side=128)
    (effect,) = diagnose(data, "yolov5n", canvas=128, tile=64, advice=False).tiles
    assert not effect.helps
    assert effect.share_large == pytest.approx(2 / 3)
    assert effect.share_cut == pytest.approx(1 / 3)
    assert "would not help" in effect.text()
    assert (
        "66.7 % of the objects do not fit into the overlap, and may be found in parts; 33.3 % are whole in no tile."
        in effect.text()
    )


@pytest.mark.parametrize(("side", "share_cut"), [(8, 0.0), (14, 1.0)])
def test_tiles_that_cut_most_objects_do_not_help(hand_made, side: int, share_cut: float) -> None:
    """Objects of 2 and 4 canvas pixels, which tiles of 32 enlarge; these begin at every 24th pixel."""
    data = hand_made([(left, left, left + side, left + side) for left in (20.0, 44.0)], side=128)
    (effect,) = diagnose(data, "yolov5n", canvas=32, tile=32, advice=False).tiles
    assert effect.sides[1] > 1.5 * effect.sides[0]
    assert effect.share_cut == share_cut
    assert effect.helps == (share_cut == 0)


def test_images_that_fit_into_a_tile_have_no_large_objects(hand_made) -> None:
    (effect,) = diagnose(hand_made([(0, 0, 60, 60)]), "yolov5n", canvas=64, tile=64, advice=False).tiles
    assert effect.share_large == 0
    assert effect.sides[0] == effect.sides[1]
    assert effect.before.share_without == effect.after.share_without


def test_nobody_asked(mixed) -> None:
    found = diagnose(mixed, "yolov5n", canvas=64, advice=False)
    assert found.tiles == ()
    assert "TILES" not in found.text()
    with pytest.raises(ConfigError, match="there are no tiles"):
        diagnose(mixed, "yolov5n", canvas=64, tile_overlap=0.3)
