"""The laws of every loss. A unit test subclasses `LossLaws`, says how to call one, and inherits the tests."""

import pytest
import torch
from torch import Tensor

from boxwright.kernels.choice import VARIABLE


class LossLaws:
    """Hooks: `draw` gives what is differentiated, `evaluate` the loss values of it, one per row.

    Everything else that the loss needs is made in `evaluate` from the number of rows, so that a value depends on its
    own row only.
    """

    @pytest.fixture(autouse=True, params=["sparse", "reference"])
    def kernels(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        """The laws hold for both implementations."""
        monkeypatch.setenv(VARIABLE, request.param)

    def draw(self, rows: int, generator: torch.Generator) -> Tensor:
        raise NotImplementedError

    def evaluate(self, values: Tensor) -> Tensor:
        raise NotImplementedError

    def extreme(self) -> list[Tensor]:
        """Gives inputs at which naive formulas fail."""
        return []

    def _draw(self, rows: int, dtype: torch.dtype = torch.float32) -> Tensor:
        return self.draw(rows, torch.Generator().manual_seed(0)).to(dtype).requires_grad_()

    def test_one_finite_value_per_row_not_below_zero(self) -> None:
        loss = self.evaluate(self._draw(50))
        assert loss.shape == (50,)
        assert loss.isfinite().all()
        assert (loss >= 0).all()

    def test_no_rows_give_no_values_and_a_gradient(self) -> None:
        values = self._draw(0)
        loss = self.evaluate(values)
        assert loss.shape == (0,)
        loss.sum().backward()
        assert values.grad is not None

    def test_a_value_depends_on_its_row_only(self) -> None:
        values = self._draw(20, torch.float64)
        (gradient,) = torch.autograd.grad(self.evaluate(values)[7], values)
        others = torch.arange(20) != 7
        assert not gradient[others].any()
        assert gradient[7].any()

    def test_gradients_are_right(self) -> None:
        assert torch.autograd.gradcheck(self.evaluate, (self._draw(8, torch.float64),))

    def test_extreme_inputs_give_finite_values_and_gradients(self) -> None:
        for extreme in self.extreme():
            values = extreme.clone().requires_grad_()
            loss = self.evaluate(values)
            assert loss.isfinite().all(), extreme
            (gradient,) = torch.autograd.grad(loss.sum(), values)
            assert gradient.isfinite().all(), extreme

    @pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
    def test_half_inputs_are_read_in_float32(self, dtype: torch.dtype) -> None:
        half = self._draw(30).detach().to(dtype).requires_grad_()
        loss = self.evaluate(half)
        assert loss.dtype == torch.float32
        torch.testing.assert_close(loss, self.evaluate(half.detach().float()))
        loss.sum().backward()
        assert half.grad is not None
        assert half.grad.dtype == dtype
        assert half.grad.isfinite().all()
