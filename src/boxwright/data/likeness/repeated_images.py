"""Images that are in a data set more than once, by what they show."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np

from boxwright.data.faults import Fault
from boxwright.data.images.check import ImageFinding
from boxwright.data.images.image_windows import Pixels
from boxwright.data.images.reading import decode_image, read_image
from boxwright.data.images.view_features import shrunk
from boxwright.data.likeness.overlapping_views import OverlappingView, overlapping_views
from boxwright.data.reading_limits import ReadingLimits

ALIKE = 0.95
"""Correlation of two thumbnails from which images count as the same picture."""

_NEIGHBOURS = 32  # with which a picture is compared in a crowded bucket
_FLAT = 2.0  # standard deviation of grey values under which a picture shows too little to compare


@dataclass(frozen=True, slots=True)
class CheckedImage:
    """An image of a data set and what was found about it.

    Args:
        part: Name of the part that it is in.
        path: The file.
        finding: Of `check_image`, decoded.
        encoded: Gives the bytes of the file, where it does not lie at its path.
    """

    part: str
    path: str
    finding: ImageFinding
    encoded: Callable[[], Pixels] | None = None

    def pixels(self, limits: ReadingLimits) -> Pixels:
        """Decodes the image once more.

        Args:
            limits: For reading.
        """
        if self.encoded is None:
            return read_image(self.path, limits=limits)
        return decode_image(self.encoded(), self.path, limits=limits)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two images that show the same.

    Args:
        first: The one that comes first.
        second: The other.
        how: In what way, in words that go before the name of the first.
        is_view: Whether they share a place only, and are not the same picture.
    """

    first: CheckedImage
    second: CheckedImage
    how: str
    is_view: bool = False


def repeated_images(images: Sequence[CheckedImage], limits: ReadingLimits) -> list[Fault]:
    """Finds images with equal pixels, images that look alike, and images that show partly the same place.

    Pixels are compared by digest, so the same picture under another name is found whatever its file format, as long
    as that lost nothing. Pictures that were saved again as JPEG or resized are found by the correlation of their
    thumbnails; candidates for that share 16 neighbouring ones of the 64 bits that say where a thumbnail gets brighter
    to the right. Overlapping pictures are found by `overlapping_views`, if points were sought in them.

    Args:
        images: Of all parts. Those that were not decoded are passed over.
        limits: For reading candidates again.
    """
    return [_fault(each) for each in likenesses(images, limits)]


def likenesses(images: Sequence[CheckedImage], limits: ReadingLimits) -> list[Likeness]:
    """Finds the pairs that `repeated_images` reports.

    Args:
        images: As there.
        limits: As there.
    """
    decoded = [image for image in images if image.finding.digest is not None]
    by_digest: dict[bytes, list[CheckedImage]] = defaultdict(list)
    for image in decoded:
        assert image.finding.digest is not None
        by_digest[image.finding.digest].append(image)
    found = [
        Likeness(first, second, "the same pixels as")
        for group in by_digest.values()
        for first, second in pairwise(group)
    ]
    distinct = [group[0] for group in by_digest.values()]
    alike = _alike([_thumbnail(image) for image in distinct])
    found += [
        Likeness(distinct[first], distinct[second], f"looks like (correlation {value:.3f})")
        for first, second, value in alike
    ]
    known = {(first, second) for first, second, _ in alike}
    return found + [
        Likeness(distinct[view.first], distinct[view.second], f"shows {view.common:.0%} of what is in", is_view=True)
        for view in _views(distinct, limits)
        if (view.first, view.second) not in known
    ]


def _views(images: Sequence[CheckedImage], limits: ReadingLimits) -> list[OverlappingView]:
    features = [image.finding.features for image in images]
    sought = [each for each in features if each is not None]
    if len(sought) < len(images):
        return []

    def picture(position: int) -> np.ndarray:
        return shrunk(cv2.cvtColor(images[position].pixels(limits), cv2.COLOR_RGB2GRAY))

    return overlapping_views(sought, lru_cache(maxsize=256)(picture))


def _fault(found: Likeness) -> Fault:
    first, second = found.first, found.second
    within = first.part == second.part
    if found.is_view:
        code = "similar-view" if within else "shared-view"
    else:
        code = "duplicate-image" if within else "shared-image"
    place = "" if within else f" of {first.part}"
    return Fault(code, second.path, None, f"{found.how} {first.path}{place}")


def _thumbnail(image: CheckedImage) -> np.ndarray:
    assert image.finding.thumbnail is not None
    return image.finding.thumbnail


def _alike(thumbnails: Sequence[np.ndarray]) -> list[tuple[int, int, float]]:
    """Gives pairs of thumbnails with a correlation of at least `ALIKE`."""
    if len(thumbnails) < 2:
        return []
    grey = np.stack(thumbnails).astype(np.float32).reshape(len(thumbnails), -1)
    grey -= grey.mean(axis=1, keepdims=True)
    length = np.linalg.norm(grey, axis=1)
    shows = length > _FLAT * np.sqrt(grey.shape[1])
    grey /= np.maximum(length, 1e-6)[:, None]
    found = []
    for first, second in _candidates(np.stack(thumbnails), shows):
        value = float(grey[first] @ grey[second])
        if value >= ALIKE:
            found.append((first, second, value))
    return found


def _candidates(thumbnails: np.ndarray, shows: np.ndarray) -> list[tuple[int, int]]:
    """Gives pairs whose brightness code agrees in two neighbouring bytes."""
    small = thumbnails.reshape(len(thumbnails), 8, 2, 8, 2).mean(axis=(2, 4))
    wrapped = np.roll(small, -1, axis=2)
    codes = np.packbits((wrapped > small).reshape(len(thumbnails), 64), axis=1)
    pairs: set[tuple[int, int]] = set()
    for band in range(codes.shape[1] - 1):
        key = codes[:, band].astype(np.int64) * 256 + codes[:, band + 1]
        order = np.flatnonzero(shows)[np.argsort(key[shows], kind="stable")]
        breaks = np.flatnonzero(np.diff(key[order])) + 1
        for bucket in np.split(order, breaks):
            pairs.update(_pairs_of(bucket))
    return sorted(pairs)


def _pairs_of(bucket: np.ndarray) -> list[tuple[int, int]]:
    members = bucket.tolist()
    near = range(1, min(len(members), _NEIGHBOURS + 1))
    return [(members[i], members[i + step]) for step in near for i in range(len(members) - step)]
