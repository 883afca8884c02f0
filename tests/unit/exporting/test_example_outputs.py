"""Which differences of a file from torch are rounding."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from boxwright.exporting.example_outputs import require_same

NAMES = ("boxes", "scores", "coefficients", "prototypes")


def _outputs(size: float) -> list[Tensor]:
    """Gives outputs of which the last two reach so far, and are zero elsewhere."""
    outputs = [torch.zeros(2, 5, 4), torch.full((2, 5, 3), 0.5), torch.zeros(2, 5, 8), torch.zeros(2, 8, 4, 4)]
    for each in outputs[2:]:
        each.view(-1)[0] = size
    return outputs


def _moved(outputs: Sequence[Tensor], name: str, by: float) -> list[Tensor]:
    """Changes a value that is small in one of the outputs."""
    moved = [each.clone() for each in outputs]
    moved[NAMES.index(name)].view(-1)[-1] += by
    return moved


@pytest.mark.parametrize("name", NAMES[2:])
@pytest.mark.parametrize(
    ("size", "is_half", "most"), [(1, False, 5e-3), (50, False, 0.05), (1, True, 0.2), (1e4, True, 10)]
)
def test_outputs_without_a_unit_may_differ_by_a_part_of_their_largest_value(
    name: str, size: float, is_half: bool, most: float
) -> None:
    outputs = _outputs(size)
    require_same(NAMES, outputs, _moved(outputs, name, 0.98 * most), is_half=is_half)
    with pytest.raises(AssertionError, match=f"^{name}: Tensor-likes are not close"):
        require_same(NAMES, outputs, _moved(outputs, name, 1.02 * most), is_half=is_half)


@pytest.mark.parametrize("name", NAMES[:2])
def test_boxes_and_scores_have_the_same_bound_however_large_others_are(name: str) -> None:
    outputs = _outputs(1e6)
    outputs[0].view(-1)[0] = 1e4  # a box far away excuses none that is near
    require_same(NAMES, outputs, _moved(outputs, name, 4.9e-3), is_half=False)
    with pytest.raises(AssertionError, match=f"^{name}: "):
        require_same(NAMES, outputs, _moved(outputs, name, 6e-3), is_half=False)


@pytest.mark.parametrize(("side", "most"), [(0.0, 0.2), (90.0, 0.2), (200.0, 0.4), (320.0, 0.64)])
def test_in_float16_a_corner_may_differ_by_a_part_of_its_own_box(side: float, most: float) -> None:
    outputs = _outputs(1)
    outputs[0].view(-1, 4)[-1] = torch.tensor([-side, 0.0, 0.0, side / 3])
    outputs[0].view(-1, 4)[0] = torch.tensor([-1e4, 0.0, 1e4, 1e4])  # excuses no other
    require_same(NAMES, outputs, _moved(outputs, "scores", 0.19), is_half=True)
    for column in (0, 2):
        for factor in (0.98, 1.1):
            moved = [each.clone() for each in outputs]
            moved[0].view(-1, 4)[-1, column] += factor * (most + 1e-3 * side * (column == 0))
            if factor < 1:
                require_same(NAMES, outputs, moved, is_half=True)
                continue
            with pytest.raises(AssertionError, match=r"^boxes: "):
                require_same(NAMES, outputs, moved, is_half=True)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_what_is_no_number_is_no_difference_by_rounding(name: str, value: float) -> None:
    outputs = _outputs(1)
    broken = _moved(outputs, name, value)
    require_same(NAMES, broken, broken, is_half=False)
    for one, other in ((outputs, broken), (broken, outputs)):
        with pytest.raises(AssertionError):
            require_same(NAMES, one, other, is_half=False)


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_what_is_no_number_excuses_no_difference_beside_it(value: float) -> None:
    outputs = _outputs(value)
    require_same(NAMES, outputs, _moved(outputs, "coefficients", 4e-3), is_half=False)
    with pytest.raises(AssertionError, match=r"^coefficients: "):
        require_same(NAMES, outputs, _moved(outputs, "coefficients", 6e-3), is_half=False)


def test_an_output_that_is_missing_is_an_error() -> None:
    outputs = _outputs(1)
    with pytest.raises(ValueError, match="shorter"):
        require_same(NAMES, outputs, outputs[:3], is_half=False)
