from collections import Counter

import pytest
import torch

from boxwright.kernels.pixel_tiles import PAIRS, PIXELS, pixel_tiles

WINDOWS = torch.tensor([[2, 1, 9, 8], [0, 0, 0, 5], [3, 3, 4, 4], [0, 0, 40, 30], [5, 5, 4, 9]])


@pytest.mark.parametrize("values_per_pixel", [1, 32, 1 << 20])
def test_every_pixel_of_every_pair_comes_once(values_per_pixel: int) -> None:
    box_of = torch.tensor([3, 0, 2, 0, 1, 3, 3, 4] + [0] * 40)
    found: Counter[tuple[int, int, int]] = Counter()
    for tile in pixel_tiles(WINDOWS, box_of).chunks(values_per_pixel):
        for box, pairs, row, column, inside in zip(
            tile.box.tolist(), tile.pairs, tile.row, tile.column, tile.is_inside, strict=True
        ):
            for pair in pairs[pairs < len(box_of)].tolist():
                assert box_of[pair] == box
                found.update((pair, y, x) for y, x in zip(row[inside].tolist(), column[inside].tolist(), strict=True))
    expected = [
        (pair, y, x)
        for pair, (x1, y1, x2, y2) in enumerate(WINDOWS[box_of].tolist())
        for y in range(y1, y2)
        for x in range(x1, x2)
    ]
    assert found == Counter(expected)


def test_pixels_that_fill_up_a_tile_lie_inside_the_window() -> None:
    (tile,) = pixel_tiles(WINDOWS, torch.tensor([0, 2])).chunks(1)
    windows = WINDOWS[tile.box]
    assert bool((tile.column >= windows[:, :1]).all() and (tile.column < windows[:, 2:3]).all())
    assert bool((tile.row >= windows[:, 1:2]).all() and (tile.row < windows[:, 3:]).all())


def test_pairs_of_one_box_share_its_tiles() -> None:
    tiles = pixel_tiles(WINDOWS, torch.zeros(PAIRS, dtype=torch.int64))
    assert len(tiles) == -(-49 // PIXELS)
    assert len(pixel_tiles(WINDOWS, torch.zeros(PAIRS + 1, dtype=torch.int64))) == 2 * len(tiles)


@pytest.mark.parametrize("box_of", [[], [1, 4, 1]])
def test_without_pairs_or_pixels_there_are_no_tiles(box_of: list[int]) -> None:
    tiles = pixel_tiles(WINDOWS, torch.tensor(box_of, dtype=torch.int64))
    assert len(tiles) == 0
    assert list(tiles.chunks(32)) == []
