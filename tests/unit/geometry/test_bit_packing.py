import torch

from boxwright.geometry.bit_packing import pack_bits, unpack_bits


def test_the_first_value_is_the_lowest_bit() -> None:
    assert pack_bits(torch.tensor([True, False, False, True, False, False, False, False])).tolist() == [9]
    assert pack_bits(torch.tensor([False] * 7 + [True])).tolist() == [128]


def test_every_byte_comes_back() -> None:
    packed = torch.arange(256, dtype=torch.uint8)
    assert torch.equal(pack_bits(unpack_bits(packed)), packed)


def test_nothing_is_packed_to_nothing() -> None:
    assert len(pack_bits(torch.zeros(0, dtype=torch.bool))) == 0
    assert len(unpack_bits(torch.zeros(0, dtype=torch.uint8))) == 0
