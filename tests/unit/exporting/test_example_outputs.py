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
    require_same(NAMES, outputs, _moved(outputs, name, 0.98 * most), [0.0] * 4 if is_half else None)
    with pytest.raises(AssertionError, match=f"^{name}: Tensor-likes are not close"):
        require_same(NAMES, outputs, _moved(outputs, name, 1.02 * most), [0.0] * 4 if is_half else None)


@pytest.mark.parametrize("name", NAMES[:2])
def test_boxes_and_scores_have_the_same_bound_however_large_others_are(name: str) -> None:
    outputs = _outputs(1e6)
    outputs[0].view(-1)[0] = 1e4  # a box far away excuses none that is near
    require_same(NAMES, outputs, _moved(outputs, name, 4.9e-3))
    with pytest.raises(AssertionError, match=f"^{name}: "):
        require_same(NAMES, outputs, _moved(outputs, name, 6e-3))


@pytest.mark.parametrize(("moved_by_rounding", "most"), [(0.0, 0.2), (0.04, 0.2), (0.5, 2.0), (3.0, 12.0)])
def test_in_float16_a_value_may_differ_by_four_times_what_rounding_does_to_its_output(
    moved_by_rounding: float, most: float
) -> None:
    outputs = _outputs(1)
    rounding = [moved_by_rounding, 0.0, 0.0, 0.0]
    require_same(NAMES, outputs, _moved(outputs, "boxes", 0.98 * most), rounding)
    with pytest.raises(AssertionError, match=r"^boxes: "):
        require_same(NAMES, outputs, _moved(outputs, "boxes", 1.02 * most), rounding)
    with pytest.raises(AssertionError, match=r"^scores: "):
        require_same(NAMES, outputs, _moved(outputs, "scores", 0.3), rounding)  # rounding of boxes excuses no score


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_what_is_no_number_is_no_difference_by_rounding(name: str, value: float) -> None:
    outputs = _outputs(1)
    broken = _moved(outputs, name, value)
    require_same(NAMES, broken, broken)
    for one, other in ((outputs, broken), (broken, outputs)):
        with pytest.raises(AssertionError):
            require_same(NAMES, one, other)


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_what_is_no_number_excuses_no_difference_beside_it(value: float) -> None:
    outputs = _outputs(value)
    require_same(NAMES, outputs, _moved(outputs, "coefficients", 4e-3))
    with pytest.raises(AssertionError, match=r"^coefficients: "):
        require_same(NAMES, outputs, _moved(outputs, "coefficients", 6e-3))


def test_an_output_that_is_missing_is_an_error() -> None:
    outputs = _outputs(1)
    with pytest.raises(ValueError, match="shorter"):
        require_same(NAMES, outputs, outputs[:3])
