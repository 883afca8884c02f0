"""The laws of every prior generator. A unit test subclasses `PriorGeneratorLaws` and inherits the tests."""

from collections.abc import Callable

import pytest
import torch

from boxwright.coders import LtrbCoder
from boxwright.structures import Priors

CANVASES = [(64, 64), (64, 96), (160, 32), (70, 45), (1, 1)]
canvases = pytest.mark.parametrize("canvas", CANVASES)


class PriorGeneratorLaws:
    """Hook: `make`."""

    def make(self) -> Callable[..., Priors]:
        raise NotImplementedError

    @canvases
    def test_columns_and_grids_describe_the_same_priors(self, canvas: tuple[int, int]) -> None:
        priors = self.make()(canvas)
        assert priors.canvas_size == canvas
        assert len(priors) == len(priors.boxes) == len(priors.stride) == len(priors.level)
        assert priors.boxes.dtype == priors.stride.dtype == torch.float32
        start = 0
        for level, grid in enumerate(priors.grids):
            assert grid.start == start
            assert grid.num_priors == grid.height * grid.width * grid.priors_per_cell > 0
            assert grid.stop == start + grid.num_priors
            assert (priors.level[grid.start : grid.stop] == level).all()
            assert (priors.stride[grid.start : grid.stop] == grid.stride).all()
            start = grid.stop
        assert start == len(priors)

    @canvases
    def test_levels_go_from_the_finest(self, canvas: tuple[int, int]) -> None:
        strides = [grid.stride for grid in self.make()(canvas).grids]
        assert strides == sorted(strides)

    @canvases
    def test_a_level_has_as_many_cells_as_the_pyramid(self, canvas: tuple[int, int]) -> None:
        for grid in self.make()(canvas).grids:
            assert grid.height == -(-canvas[0] // grid.stride)
            assert grid.width == -(-canvas[1] // grid.stride)

    @canvases
    def test_order_is_row_column_prior_in_the_cell(self, canvas: tuple[int, int]) -> None:
        """Moving on by one cell moves the prior by one stride, whatever else its box is."""
        priors = self.make()(canvas)
        for grid in priors.grids:
            boxes = priors.boxes[grid.start : grid.stop].view(grid.height, grid.width, grid.priors_per_cell, 4)
            rows, columns = torch.meshgrid(torch.arange(grid.height), torch.arange(grid.width), indexing="ij")
            offset = torch.stack((columns, rows), dim=-1)[:, :, None] * grid.stride
            torch.testing.assert_close(boxes[..., :2] - offset, boxes[:1, :1, :, :2].expand_as(boxes[..., :2]))
            torch.testing.assert_close(boxes[..., 2:], boxes[:1, :1, :, 2:].expand_as(boxes[..., 2:]))

    @canvases
    def test_grids_say_where_the_priors_stand(self, canvas: tuple[int, int]) -> None:
        """To the last digit: what is found by counting cells is what is found by looking at the priors."""
        priors = self.make()(canvas)
        for grid in priors.grids:
            boxes = priors.boxes[grid.start : grid.stop].view(grid.height, grid.width, grid.priors_per_cell, 4)
            columns, rows = (torch.arange(number).float() + grid.centre for number in (grid.width, grid.height))
            assert torch.equal(boxes[..., 0], (columns * grid.steps[0])[None, :, None].expand(boxes.shape[:3]))
            assert torch.equal(boxes[..., 1], (rows * grid.steps[1])[:, None, None].expand(boxes.shape[:3]))

    def test_boxes_have_a_size(self) -> None:
        assert (self.make()((64, 96)).boxes[:, 2:] > 0).all()

    def test_a_canvas_is_built_once(self) -> None:
        assert self.make()((64, 96)) is self.make()((64, 96))
        assert self.make()((64, 96)) is self.make()((64, 96), torch.device("cpu"))
        assert self.make()((96, 64)) is not self.make()((64, 96))

    def test_goes_to_the_device(self) -> None:
        priors = self.make()((64, 96), "meta")
        assert {column.device.type for column in (priors.boxes, priors.stride, priors.level)} == {"meta"}

    def test_priors_made_for_inference_serve_training(self) -> None:
        """What is built in an evaluation is kept, and must then go through a backward pass."""
        with torch.inference_mode():
            priors = self.make()((48, 144))
        assert priors is self.make()((48, 144))
        codes = torch.zeros(len(priors), 4, requires_grad=True)
        LtrbCoder().decode(codes=codes, priors=priors.boxes).sum().backward()
        assert codes.grad is not None
