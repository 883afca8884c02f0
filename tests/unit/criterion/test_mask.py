from dataclasses import replace

import pytest
import torch
from torch import Tensor

from boxwright.criterion import MaskTerm, Matches
from boxwright.criterion.matches import gather_matches
from boxwright.errors import ShapeError
from boxwright.kernels.level_rows import rows_at
from boxwright.losses import MaskLoss
from boxwright.reducers import PerImageMean
from boxwright.structures import InstanceMasks, MaskPredictions
from tests.contracts.assignments import assignment_of
from tests.contracts.term_laws import TermLaws, some_matches

NUM = 4


def masked_matches(pairs: int, dtype: torch.dtype = torch.float32) -> tuple[Matches, dict[str, list[Tensor]]]:
    """Adds prototypes, coefficients and true masks to some pairs."""
    matches, leaves = some_matches(pairs)
    generator = torch.Generator().manual_seed(11)
    size = tuple(side // 4 for side in matches.priors.canvas_size)
    coefficients = [
        torch.randn(2, 1, NUM, grid.height, grid.width, generator=generator).to(dtype).requires_grad_()
        for grid in matches.priors.grids
    ]
    prototypes = torch.randn(2, NUM, *size, generator=generator).to(dtype).requires_grad_()
    drawn = torch.rand(len(matches.targets), *size, generator=generator) < 0.5
    targets = replace(matches.targets, masks=InstanceMasks.from_boolean(drawn, 4))
    predictions = replace(matches.predictions, masks=MaskPredictions(tuple(coefficients), prototypes))
    leaves |= {"coefficients": coefficients, "prototypes": [prototypes]}
    return gather_matches(predictions, matches.priors, targets, matches.assignment), leaves


class TestMaskTerm(TermLaws):
    reads = ("coefficients", "prototypes")

    def make(self) -> MaskTerm:
        return MaskTerm(gain=1.0)

    def matches(self, pairs: int, dtype: torch.dtype = torch.float32) -> tuple[Matches, dict[str, list[Tensor]]]:
        return masked_matches(pairs, dtype)


class TestMaskTermOverImages(TestMaskTerm):
    def make(self) -> MaskTerm:
        return MaskTerm(gain=1.0, reducer=PerImageMean())


def values_of(matches: Matches) -> Tensor:
    predicted, pairs = matches.predictions.masks, matches.assignment
    assert predicted is not None
    coefficients = rows_at(predicted.coefficients, pairs.image, pairs.prior)
    return MaskLoss()(coefficients, predicted.prototypes, pairs.target, matches.targets)


def test_every_pair_counts_alike_whatever_its_quality() -> None:
    """A trap: unlike box and distribution terms, the mask term is not weighted by the soft score."""
    matches, _ = masked_matches(9)
    torch.testing.assert_close(MaskTerm(gain=2.0)(matches), 2 * values_of(matches).mean())
    poor = replace(matches.assignment, quality=torch.zeros(9))
    torch.testing.assert_close(MaskTerm()(replace(matches, assignment=poor)), MaskTerm()(matches))


def test_images_may_count_alike() -> None:
    matches, _ = masked_matches(9)
    image, values = matches.assignment.image, values_of(matches)
    expected = torch.stack([values[image == index].mean() for index in (0, 1)]).mean()
    torch.testing.assert_close(MaskTerm(gain=1.0, reducer=PerImageMean())(matches), expected)


def test_an_image_without_pairs_counts_with_zero() -> None:
    matches, _ = masked_matches(9)
    pairs = matches.assignment
    rows = (pairs.image == 1).nonzero().squeeze(1)
    some = assignment_of(pairs.image[rows], pairs.prior[rows], pairs.target[rows], pairs.quality[rows], pairs.ignored)
    only = gather_matches(matches.predictions, matches.priors, matches.targets, some)
    torch.testing.assert_close(MaskTerm(gain=1.0, reducer=PerImageMean())(only), values_of(only).mean() / 2)


def test_published_gain_and_name() -> None:
    term = MaskTerm()
    assert term.name == "mask"
    assert term.gain == pytest.approx(7.5)


def test_a_network_without_masks_is_named() -> None:
    matches, _ = some_matches(3)
    with pytest.raises(ShapeError, match="Give the detector a mask_head"):
        MaskTerm()(matches)
