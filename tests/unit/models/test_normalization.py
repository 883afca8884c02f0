import torch

from boxwright.models import Normalization


def test_the_default_maps_bytes_to_zero_to_one() -> None:
    images = torch.tensor([0, 51, 255], dtype=torch.uint8).view(1, 3, 1, 1)
    assert torch.allclose(Normalization()(images).flatten(), torch.tensor([0.0, 0.2, 1.0]))


def test_mean_and_std_are_per_channel() -> None:
    images = torch.full((2, 3, 2, 2), 100, dtype=torch.uint8)
    found = Normalization(mean=(90.0, 100.0, 110.0), std=(10.0, 20.0, 5.0))(images)
    assert found[1, :, 0, 0].tolist() == [1.0, 0.0, -2.0]
    shifted = Normalization(mean=(90.0, 100.0, 110.0), std=(10.0, 10.0, 10.0))(images)
    assert shifted[1, :, 1, 0].tolist() == [1.0, 0.0, -1.0]


def test_the_images_stay_as_they_are_and_keep_their_memory_format() -> None:
    images = torch.randint(0, 256, (2, 3, 4, 6), dtype=torch.uint8).contiguous(memory_format=torch.channels_last)
    before = images.clone()
    found = Normalization(mean=(1.0, 2.0, 3.0))(images)
    assert torch.equal(images, before)
    assert found.is_contiguous(memory_format=torch.channels_last)


def test_a_batch_of_floats_stays_as_it_is_too() -> None:
    for normalization in (Normalization(), Normalization(mean=(1.0, 2.0, 3.0)), Normalization(std=(1.0, 2.0, 3.0))):
        images = torch.full((1, 3, 2, 2), 255.0)
        found = normalization(images)
        assert (images == 255).all()
        assert found.data_ptr() != images.data_ptr()
