"""The sparse two-rule matching against the whole matrix of overlaps, read pair by pair."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from boxwright.assigners import BipartiteAssigner
from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.geometry.overlaps import pairwise_iou
from boxwright.prior_generators import AnchorGrid, DefaultBoxes, crossed_sizes, paired_sizes
from boxwright.structures import Priors, Targets
from tests.contracts.scenes import centres_inside

GENERATORS = [
    DefaultBoxes(paired_sizes((0.125, 0.5, 1.0), ((4.0,), (4.0,))), (8, 16)),
    DefaultBoxes((crossed_sizes((0.25, 0.75), (1.0, 2.0)),), (16,)),
    AnchorGrid((((8.0, 8.0), (16.0, 8.0)), ((24.0, 24.0),)), (8, 32)),
]
CANVASES = [(64, 64), (32, 96), (40, 24)]

# Halves of a pixel are exact in the matrix too, so that many pairs tie.
sides = st.integers(0, 80).map(lambda halves: halves / 2)
places = st.integers(-20, 140).map(lambda halves: halves / 2)
objects = st.tuples(st.integers(0, 1), places, places, sides, sides, st.booleans())


def by_the_matrix(overlap: Tensor, targets: Targets, threshold: float, *, greedy: bool) -> set[tuple[int, int, int]]:
    """Takes the best pair of all again and again, then lets the other priors join; `overlap` is targets × priors."""
    rows = [(row, int(image)) for row, image in enumerate(targets.image) if not targets.ignore[row]]
    found: dict[tuple[int, int], int] = {}
    if greedy:
        values = overlap.tolist()
        ranked = sorted(
            (-values[row][prior], prior, row)
            for row, _ in rows
            for prior in range(overlap.shape[1])
            if values[row][prior] > 0
        )
        served: set[int] = set()
        for _, prior, row in ranked:
            image = int(targets.image[row])
            if row not in served and (image, prior) not in found:
                found[image, prior] = row
                served.add(row)
    else:
        for row, image in rows:
            if overlap[row].max() > 0:
                found[image, int(overlap[row].argmax())] = row
    forced = set(found)
    for image in range(targets.batch_size):
        own = [row for row, its_image in rows if its_image == image]
        for prior in range(overlap.shape[1]) if own else []:
            best = max(own, key=lambda row: (float(overlap[row, prior]), -row))
            if (image, prior) not in forced and overlap[best, prior] >= threshold:
                found[image, prior] = best
    return {(image, prior, row) for (image, prior), row in found.items()}


def build(rows: list[tuple[int, float, float, float, float, bool]]) -> Targets:
    rows = sorted(rows, key=lambda row: row[0])
    boxes = torch.tensor([[x, y, x + w, y + h] for _, x, y, w, h, _ in rows]).reshape(-1, 4)
    image, ignore = torch.tensor([row[0] for row in rows]).long(), torch.tensor([row[5] for row in rows]).bool()
    return Targets(boxes, torch.zeros(len(rows), dtype=torch.int64), image, ignore, 2)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(objects, max_size=8),
    st.sampled_from(GENERATORS),
    st.sampled_from(CANVASES),
    st.sampled_from([0.1, 0.5, 1.0]),
    st.booleans(),
)
def test_equals_the_matrix(
    rows: list[tuple[int, float, float, float, float, bool]],
    generator: DefaultBoxes | AnchorGrid,
    canvas: tuple[int, int],
    threshold: float,
    greedy: bool,
) -> None:
    priors: Priors = generator(canvas)
    targets = build(rows)
    overlap = pairwise_iou(targets.boxes.double(), cxcywh_to_xyxy(priors.boxes.double()))
    found = BipartiteAssigner(threshold, "greedy" if greedy else "last")(priors, targets)
    pairs = set(zip(found.image.tolist(), found.prior.tolist(), found.target.tolist(), strict=True))
    assert pairs == by_the_matrix(overlap, targets, threshold, greedy=greedy)
    for row in targets.ignore.nonzero().flatten().tolist():
        image = int(targets.image[row])
        inside = centres_inside(priors, targets.boxes[row])
        inside[found.prior[found.image == image]] = False
        assert not inside.any() or found.ignored[image][inside].all()
