import torch

from boxwright.structures import GroundTruth, ImageOrigin


def test_length_is_the_number_of_objects() -> None:
    flags = torch.zeros(2, dtype=torch.bool)
    truth = GroundTruth(
        torch.ones(2, 4), torch.zeros(2, dtype=torch.int64), flags, torch.ones(2), ImageOrigin(1, None, (9, 9))
    )
    assert len(truth) == 2
