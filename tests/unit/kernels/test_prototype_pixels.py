import pytest
import torch
from torch.nn.functional import interpolate

from boxwright.kernels.pixel_tiles import pixel_tiles
from boxwright.kernels.prototype_pixels import PrototypePixels

IMAGE = torch.tensor([0, 1, 1])
WINDOWS = torch.tensor([[0, 0, 5, 3], [1, 1, 10, 8], [2, 0, 3, 8]])


def prototypes(size: tuple[int, int], memory: torch.memory_format = torch.contiguous_format) -> torch.Tensor:
    drawn = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return drawn.contiguous(memory_format=memory)


@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("size", [(8, 10), (4, 5), (3, 9)])
def test_it_reads_what_enlarging_the_whole_would_give(size: tuple[int, int], memory: torch.memory_format) -> None:
    values = prototypes(size, memory)
    whole = interpolate(values, (8, 10), mode="bilinear", align_corners=False)
    (tile,) = pixel_tiles(WINDOWS, torch.arange(3)).chunks(3)
    found = PrototypePixels(IMAGE, size, (8, 10)).read(values, tile)
    expected = whole.permute(0, 2, 3, 1)[IMAGE[tile.box].unsqueeze(1), tile.row, tile.column]
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("size", [(8, 10), (4, 5)])
def test_adding_is_the_transpose_of_reading(size: tuple[int, int]) -> None:
    values = prototypes(size)
    pixels = PrototypePixels(IMAGE, size, (8, 10))
    (tile,) = pixel_tiles(WINDOWS, torch.arange(3)).chunks(3)
    read = pixels.read(values, tile)
    gradient = torch.randn(read.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    buffer = values.new_zeros(2 * size[0] * size[1], 3)
    pixels.add(buffer, tile, gradient)
    flat = values.permute(0, 2, 3, 1).flatten(0, 2)
    torch.testing.assert_close((read * gradient).sum(), (flat * buffer).sum())


def test_half_prototypes_are_read_in_float32() -> None:
    (tile,) = pixel_tiles(WINDOWS, torch.arange(3)).chunks(3)
    read = PrototypePixels(IMAGE, (8, 10), (8, 10)).read(prototypes((8, 10)).bfloat16(), tile)
    assert read.dtype == torch.float32
