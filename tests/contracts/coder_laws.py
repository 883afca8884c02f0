"""The laws of every coder. A unit test subclasses `CoderLaws`, says how to make one, and inherits the tests."""

from typing import Any, Protocol

import pytest
import torch
from torch import Tensor

from boxwright.prior_generators import PointGrid


class Coder(Protocol):
    def encode(self, *, boxes: Tensor, priors: Tensor) -> Tensor: ...

    def decode(self, *, codes: Tensor, priors: Tensor) -> Tensor: ...


class CoderLaws:
    """Hooks: `make`, `reachable` and, where encode does not give what decode reads, `codes_for`."""

    code_size: int
    """Numbers per prior that `decode` reads."""

    def make(self) -> Coder:
        raise NotImplementedError

    def reachable(self, priors: Tensor, generator: torch.Generator) -> Tensor:
        """Gives a box for every prior that the coder can express exactly."""
        raise NotImplementedError

    def codes_for(self, encoded: Tensor) -> Tensor:
        """Gives codes that `decode` reads as what `encode` gave."""
        return encoded

    def priors(self, dtype: torch.dtype = torch.float64) -> Tensor:
        """Rows of a point grid: cxcywh and stride."""
        priors = PointGrid((8, 32))((64, 96))
        return priors.rows(torch.arange(len(priors))).to(dtype)

    @pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-3)])
    def test_decode_inverts_encode_inside_the_range(self, dtype: torch.dtype, tolerance: float) -> None:
        priors = self.priors(dtype)
        boxes = self.reachable(priors, torch.Generator().manual_seed(0)).to(dtype)
        codes = self.codes_for(self.make().encode(boxes=boxes, priors=priors))
        assert codes.shape == (len(priors), self.code_size)
        torch.testing.assert_close(self.make().decode(codes=codes, priors=priors), boxes, rtol=0, atol=tolerance)

    def test_what_a_coder_can_express_is_within_its_reach(self) -> None:
        priors = self.priors()
        boxes = self.reachable(priors, torch.Generator().manual_seed(0))
        reaches = getattr(self.make(), "reaches", None)
        assert reaches is None or reaches(boxes=boxes, priors=priors).all()

    def test_any_box_gives_finite_codes_and_any_code_a_finite_box(self) -> None:
        priors = self.priors(torch.float32)[:6]
        boxes = torch.tensor(
            [[0, 0, 0, 0], [5, 5, 5, 5], [-1e6, -1e6, 1e6, 1e6], [1e6, 1e6, 1e6, 1e6], [4, 4, 4, 9], [4, 4, 4.0001, 4]]
        ).float()
        assert self.make().encode(boxes=boxes, priors=priors).isfinite().all()
        for value in (-1e3, 0.0, 1e3):
            codes = torch.full((6, self.code_size), value)
            assert self.make().decode(codes=codes, priors=priors).isfinite().all()

    def test_nothing_is_coded_as_nothing(self) -> None:
        none = self.priors()[:0]
        encoded = self.make().encode(boxes=none[:, :4], priors=none)
        assert len(encoded) == 0
        codes = none.new_zeros(0, self.code_size).requires_grad_()
        decoded = self.make().decode(codes=codes, priors=none)
        assert decoded.shape == (0, 4)
        decoded.sum().backward()
        assert codes.grad is not None

    def test_decoding_moves_with_the_prior_and_scales_with_it(self) -> None:
        priors = self.priors()
        codes = torch.randn(len(priors), self.code_size, generator=torch.Generator().manual_seed(1)).double()
        boxes = self.make().decode(codes=codes, priors=priors)
        torch.testing.assert_close(self.make().decode(codes=codes, priors=priors * 4), boxes * 4)
        shift = torch.tensor([100.0, -30.0, 0.0, 0.0, 0.0], dtype=torch.float64)
        moved = self.make().decode(codes=codes, priors=priors + shift)
        torch.testing.assert_close(moved, boxes + shift[:2].repeat(2))

    def test_equal_codes_give_equal_boxes_wherever_they_stand(self) -> None:
        prior, code = self.priors(torch.float32)[:1], torch.randn(1, self.code_size)
        boxes = self.make().decode(codes=code.repeat(1003, 1), priors=prior.repeat(1003, 1))
        assert (boxes == boxes[0]).all()

    def test_gradients_of_decoding_are_right(self) -> None:
        priors = self.priors()[:5]
        codes = torch.randn(5, self.code_size, generator=torch.Generator().manual_seed(2)).double().requires_grad_()

        def decode(value: Tensor) -> Tensor:
            return self.make().decode(codes=value, priors=priors)

        assert torch.autograd.gradcheck(decode, (codes,))

    @pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
    def test_half_codes_are_decoded_in_float32(self, dtype: torch.dtype) -> None:
        priors = self.priors(torch.float32)
        codes = torch.randn(len(priors), self.code_size, generator=torch.Generator().manual_seed(3)).to(dtype)
        boxes = self.make().decode(codes=codes, priors=priors)
        assert boxes.dtype == torch.float32
        torch.testing.assert_close(boxes, self.make().decode(codes=codes.float(), priors=priors))

    def test_takes_named_arguments_only(self) -> None:
        coder: Any = self.make()
        priors = self.priors()
        with pytest.raises(TypeError):
            coder.encode(priors, priors)
