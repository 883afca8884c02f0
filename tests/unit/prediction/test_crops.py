import numpy as np
import torch

from boxwright.prediction.crops import crops_of


def test_sides_go_outwards_and_end_at_the_image():
    image = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
    boxes = torch.tensor([[0.5, 1.0, 2.1, 3.0], [-3.0, -1, 99, 99], [2.0, 2, 2, 2]])
    cut = crops_of(image, boxes)
    np.testing.assert_array_equal(cut[0], image[1:3, 0:3])
    np.testing.assert_array_equal(cut[1], image)
    assert cut[2].size == 0
    assert crops_of(image, boxes[:0]) == []
