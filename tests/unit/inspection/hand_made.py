"""A small inspection whose every number is known."""

import torch
from tests.contracts.assignments import assignment_of

from boxwright.evaluation.jpeg import jpeg
from boxwright.geometry.letterbox import fit_letterbox
from boxwright.inspection.explanation import Explanation
from boxwright.inspection.page.inspected import InspectedImage, InspectedSystem
from boxwright.inspection.page.inspection import Inspection
from boxwright.prior_generators import AnchorGrid, PointGrid
from boxwright.structures import Assignment, Priors, Reason, Verdicts

HEIGHT, WIDTH, CANVAS = 48, 64, (64, 64)
BOXES = ((4.0, 2.0, 24.0, 20.0), (40.0, 10.0, 60.0, 44.0), (0.0, 40.0, 10.0, 48.0))
NAN = float("nan")

# target, prior, reason, quality, overlap, score; the second positive is dropped by the sampler
ROWS = (
    (0, 9, Reason.POSITIVE, 0.875, 0.75, 0.25),
    (0, 10, Reason.DROPPED, 0.5, 0.5, 0.125),
    (0, 18, Reason.BELOW_TOP_K, NAN, 0.25, NAN),
    (1, 21, Reason.LOST, 0.0625, 0.125, NAN),
    (1, 66, Reason.OUTSIDE_BOX, NAN, NAN, NAN),
)


def points() -> Priors:
    """Points at strides 8 and 16: 64 and 16 of them."""
    return PointGrid((8, 16))(CANVAS)


def anchors() -> Priors:
    """Three anchors per cell at strides 8 and 16."""
    sizes = (((8.0, 8.0), (16.0, 8.0), (8.0, 16.0)), ((24.0, 24.0), (48.0, 24.0), (24.0, 48.0)))
    return AnchorGrid(sizes, (8, 16))(CANVAS)


def explanation(num_priors: int) -> Explanation:
    """What `ROWS` say; priors 3 and 79 are ignored after sampling."""
    columns = list(zip(*ROWS, strict=True))
    target, prior = (torch.tensor(column) for column in columns[:2])
    reason = torch.tensor([int(each) for each in columns[2]], dtype=torch.uint8)
    quality, overlap, score = (torch.tensor(column) for column in columns[3:])
    ignored = torch.zeros(1, num_priors, dtype=torch.bool)
    ignored[0, [3, 79]] = True
    return Explanation(
        before=_pairs(target[:2], prior[:2], quality[:2]),
        after=_pairs(target[:1], prior[:1], quality[:1], ignored),
        verdicts=Verdicts(torch.zeros_like(target), prior, target, reason, quality, overlap, score),
    )


def inspected_image(name: str, *priors: Priors, shade: int = 120) -> InspectedImage:
    """Two objects and an ignored region, the same under every system."""
    picture = torch.full((3, HEIGHT, WIDTH), shade, dtype=torch.uint8)
    return InspectedImage(
        name=name,
        size=(HEIGHT, WIDTH),
        boxes=torch.tensor(BOXES),
        labels=torch.tensor([0, 1, 0]),
        ignore=torch.tensor([False, False, True]),
        picture=jpeg(picture, WIDTH),
        thumbnail=jpeg(picture, 16),
        letterboxes=tuple(fit_letterbox((HEIGHT, WIDTH), CANVAS) for _ in priors),
        explanations=tuple(explanation(len(each)) for each in priors),
    )


def hand_made(
    num_images: int = 1, title: str = "by hand", categories: tuple[str, ...] = ("cell", "dust"), name: str = "image"
) -> Inspection:
    """An inspection of images that differ by their number, under points and anchors."""
    systems = (InspectedSystem("points", points()), InspectedSystem("anchors", anchors()))
    shown = [
        inspected_image(f"{name} {number}", *(system.priors for system in systems), shade=number % 256)
        for number in range(num_images)
    ]
    return Inspection(title, categories, systems, tuple(shown))


def _pairs(
    target: torch.Tensor, prior: torch.Tensor, quality: torch.Tensor, ignored: torch.Tensor | None = None
) -> Assignment:
    return assignment_of(torch.zeros_like(target), prior, target, quality, ignored)
