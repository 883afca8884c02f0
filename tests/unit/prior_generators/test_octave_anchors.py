import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.prior_generators import RETINANET_ANCHOR_DIALECTS, AnchorGrid, retinanet_anchors
from tests.contracts.prior_generator_laws import PriorGeneratorLaws, canvases


class TestMMDetection(PriorGeneratorLaws):
    def make(self) -> AnchorGrid:
        return retinanet_anchors()


class TestTorchvision(PriorGeneratorLaws):
    def make(self) -> AnchorGrid:
        return retinanet_anchors("torchvision")

    @canvases
    def test_order_is_row_column_prior_in_the_cell(self, canvas: tuple[int, int]) -> None:
        """Cells are floor(side / cells) apart, which need not be the stride, nor the same along both sides."""
        priors = self.make()(canvas)
        for grid in priors.grids:
            boxes = priors.boxes[grid.start : grid.stop].view(grid.height, grid.width, grid.priors_per_cell, 4)
            rows, columns = torch.meshgrid(torch.arange(grid.height), torch.arange(grid.width), indexing="ij")
            step = torch.tensor([canvas[1] // grid.width, canvas[0] // grid.height])
            offset = torch.stack((columns, rows), dim=-1)[:, :, None] * step
            torch.testing.assert_close(boxes[..., :2], offset.expand_as(boxes[..., :2]).float())
            torch.testing.assert_close(boxes[..., 2:], boxes[:1, :1, :, 2:].expand_as(boxes[..., 2:]))


def test_worked_by_hand() -> None:
    """Ratio outside, scale inside; ratio is height over width."""
    grid = retinanet_anchors(strides=(8,), octave_base_scale=4.0, scales_per_octave=2, ratios=(1.0, 4.0))
    root = 2**0.5
    wanted = [(32, 32), (32 * root, 32 * root), (16, 64), (16 * root, 64 * root)]
    assert [size for sizes in grid.anchors for size in sizes] == [pytest.approx(size) for size in wanted]
    assert grid((8, 16)).boxes[4:6, :2].tolist() == [[8, 0], [8, 0]]
    assert retinanet_anchors(centre=0.5)((8, 8)).boxes[0, :2].tolist() == [4, 4]


def test_torchvision_cuts_sizes_and_rounds_half_sides() -> None:
    first = retinanet_anchors("torchvision")((64, 64)).boxes[:3]
    corners = torch.cat((first[:, :2] - first[:, 2:] / 2, first[:, :2] + first[:, 2:] / 2), dim=1)
    assert corners.tolist() == [[-23, -11, 23, 11], [-28, -14, 28, 14], [-35, -18, 35, 18]]


def test_published_number_of_anchors() -> None:
    for dialect in RETINANET_ANCHOR_DIALECTS:
        assert len(retinanet_anchors(dialect)((640, 640))) == 76725


def test_mistakes_are_errors() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'torchvision'"):
        retinanet_anchors("torchvison")
    with pytest.raises(ConfigError, match="must be above 0"):
        retinanet_anchors(ratios=(0.0,))
