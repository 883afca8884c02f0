"""Choosing the images to measure on."""

import hashlib
from collections.abc import Collection, Sequence

_SPREAD = 0.25  # of the share that is asked for, by which that of the images may miss it


def choose_val(
    scenes: Sequence[Sequence[int]], names: Sequence[str], labels: Sequence[Collection[int]], share: float, seed: int
) -> set[int]:
    """Chooses whole scenes, so that no place is in both parts.

    Every scene draws a number from its first name and the seed, and goes to val if that is below the share. So the same
    seed gives the same parts, and images that are added leave the others where they are. Scenes are moved, those that
    are next in line by their number, only where that misses the share by a quarter of it, as it does with few scenes,
    or leaves a class out of a part although two scenes have it.

    Args:
        scenes: Positions of the images of each.
        names: Of the images, relative to the data set.
        labels: Classes in each image.
        share: Of val, 0 to 1.
        seed: Of the draw.

    Returns:
        Positions.
    """
    draws = [_draw(min(names[image] for image in scene), seed) for scene in scenes]
    in_line = sorted(range(len(scenes)), key=lambda scene: (draws[scene], names[scenes[scene][0]]))
    if share in (0, 1) or len(scenes) < 2:
        chosen = set(in_line) if share >= 0.5 else set()
    else:
        chosen = _drawn(in_line, draws, [len(scene) for scene in scenes], share)
        _spread_classes(chosen, in_line, [{label for image in scene for label in labels[image]} for scene in scenes])
    return {image for scene in chosen for image in scenes[scene]}


def _draw(name: str, seed: int) -> float:
    digest = hashlib.blake2b(f"{seed}\n{name}".encode("utf-8", "surrogateescape"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _drawn(in_line: Sequence[int], draws: Sequence[float], sizes: Sequence[int], share: float) -> set[int]:
    """Gives the scenes of val, of both parts at least one."""
    wanted = share * sum(sizes)
    most, least = max(1.0, (1 + _SPREAD) * wanted), max(1.0, (1 - _SPREAD) * wanted)
    chosen: set[int] = set()
    count = 0
    for scene in in_line:
        if (draws[scene] < share or count < least) and count + sizes[scene] <= most:
            chosen.add(scene)
            count += sizes[scene]
    if not chosen:  # every scene is larger than val should be
        chosen.add(min(in_line, key=lambda scene: sizes[scene]))
    if len(chosen) == len(in_line):
        chosen.remove(max(in_line, key=lambda scene: draws[scene]))
    return chosen


def _spread_classes(chosen: set[int], in_line: Sequence[int], labels: Sequence[Collection[int]]) -> None:
    """Moves scenes so that every class is in both parts, or, if only one scene has it, in the one that is trained on.

    The rarest comes first; a scene that was moved or kept for a class stays where it is.
    """
    scenes_of: dict[int, list[int]] = {}
    for scene in in_line:
        for label in labels[scene]:
            scenes_of.setdefault(label, []).append(scene)
    settled: set[int] = set()
    for _, having in sorted(scenes_of.items(), key=lambda item: (len(item[1]), item[0])):
        for is_val in (False, True) if len(having) > 1 else (False,):
            there = [scene for scene in having if (scene in chosen) == is_val]
            free = [scene for scene in (having if is_val else having[::-1]) if scene not in settled]
            if there or not free:
                settled.update(there[:1])
                continue
            settled.add(free[0])
            (chosen.add if is_val else chosen.discard)(free[0])
