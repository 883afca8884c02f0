"""Images that show one place, which belong into one part."""

import os
from collections.abc import Iterable
from functools import lru_cache

from boxwright.data.formats.annotation_table import AnnotationTable
from boxwright.data.images.view_features import features_per_image
from boxwright.data.likeness.repeated_images import CheckedImage, likenesses
from boxwright.data.loading.image_pass import check_images
from boxwright.data.reading_limits import ReadingLimits

_Stamp = tuple[str, int, int, int, int]  # path, height, width, bytes, time of the last change


def scenes_of(table: AnnotationTable, limits: ReadingLimits) -> list[list[int]] | None:
    """Groups the images that are the same, look alike, or show partly the same place.

    All images are decoded for it, once in a process as long as no file changes.

    Args:
        table: The images.
        limits: For reading them.

    Returns:
        Positions of the images of each scene; None if there are more images than can be compared.
    """
    if not features_per_image(len(table)):
        return None
    stamps = []
    for path, (height, width) in zip(table.paths.tolist(), table.sizes.tolist(), strict=True):
        name = os.fsdecode(path)
        try:
            found = os.stat(name)
            stamps.append((name, height, width, found.st_size, found.st_mtime_ns))
        except OSError:
            stamps.append((name, height, width, 0, 0))
    return [list(scene) for scene in _scenes(tuple(stamps), limits)]


@lru_cache(maxsize=4)
def _scenes(stamps: tuple[_Stamp, ...], limits: ReadingLimits) -> tuple[tuple[int, ...], ...]:
    paths = [stamp[0] for stamp in stamps]
    table = AnnotationTable.build(paths, range(len(paths)), [stamp[1:3] for stamp in stamps], [])
    findings = check_images(table, limits, decode=True, features=features_per_image(len(paths)))
    images = [CheckedImage("", path, finding) for path, finding in zip(paths, findings, strict=True)]
    position = {path: place for place, path in enumerate(paths)}
    pairs = [(position[each.first.path], position[each.second.path]) for each in likenesses(images, limits)]
    return tuple(
        map(tuple, _joined(len(paths), [*pairs, *((place, position[path]) for place, path in enumerate(paths))]))
    )


def _joined(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Gives the groups that pairs connect, in the order of their first members."""
    parent = list(range(count))

    def root(member: int) -> int:
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    for first, second in pairs:
        low, high = sorted((root(first), root(second)))
        parent[high] = low
    groups: dict[int, list[int]] = {}
    for member in range(count):
        groups.setdefault(root(member), []).append(member)
    return list(groups.values())
