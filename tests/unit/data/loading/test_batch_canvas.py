import pytest

from boxwright.data.loading.batch_canvas import BatchCanvas

DRAWS = [(epoch, batch) for epoch in range(3) for batch in range(100)]


@pytest.mark.parametrize("spread", [0.1, 0.25, 0.5, 0.9])
@pytest.mark.parametrize(
    ("side", "stride"), [(64, 32), (224, 32), (320, 32), (640, 32), (64, 64), (320, 64), (640, 64)]
)
def test_sides_are_multiples_within_the_spread(side: int, spread: float, stride: int) -> None:
    canvas = BatchCanvas((side, side), spread, stride)
    found = {canvas(*draw) for draw in DRAWS}
    assert all(height == width and height % stride == 0 for height, width in found)
    assert min(found)[0] >= side * (1 - spread)
    assert max(found)[0] <= side * (1 + spread)
    possible = [(each, each) for each in range(stride, 2 * side, stride) if abs(each - side) <= spread * side + 1e-9]
    assert canvas.canvases == possible
    assert found == set(possible)


def test_every_canvas_is_as_likely_as_the_others() -> None:
    canvas = BatchCanvas((320, 320), 0.5, 32)
    found = [canvas(0, batch) for batch in range(2200)]
    assert len(canvas.canvases) == 11
    assert all(130 < found.count(each) < 270 for each in canvas.canvases)


def test_both_sides_change_by_one_factor() -> None:
    canvas = BatchCanvas((256, 512), 0.5, 32)
    assert canvas.canvases[0] == (128, 256)
    assert canvas.canvases[-1] == (384, 768)
    assert all(2 * height == width for height, width in canvas.canvases)
    assert BatchCanvas((512, 256), 0.5, 32).canvases == [each[::-1] for each in canvas.canvases]


def test_the_same_batch_has_the_same_canvas_and_others_differ() -> None:
    one, same, other = (BatchCanvas((320, 320), 0.5, 32, seed) for seed in (1, 1, 2))
    drawn = [one(*draw) for draw in DRAWS]
    assert drawn == [same(*draw) for draw in DRAWS]
    assert drawn != [other(*draw) for draw in DRAWS]
    assert drawn[:100] != drawn[100:200]


@pytest.mark.parametrize("size", [(320, 320), (300, 300), (64, 96)])
def test_without_a_spread_the_canvas_stays_as_it_is(size: tuple[int, int]) -> None:
    assert BatchCanvas(size, 0.0, 32).canvases == [size]
    assert {BatchCanvas(size, 0.0, 32)(*draw) for draw in DRAWS} == {size}
    assert BatchCanvas((32, 32), 0.5, 32).canvases == [(32, 32)]
