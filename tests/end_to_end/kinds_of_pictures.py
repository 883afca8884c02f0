"""The same picture in files of every kind that people have."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

_ORIENTATION = 0x0112


def write_pictures(pictures: Sequence[Path], folder: Path, canvas: tuple[int, int]) -> dict[str, list[Path]]:
    """Writes pictures of each kind, that fill the canvas unless the kind is another size.

    Args:
        pictures: To begin with; they are repeated side by side.
        folder: To write to.
        canvas: Height and width.

    Returns:
        Files by kind.
    """
    found: dict[str, list[Path]] = {}
    for kind, (write, suffix) in KINDS.items():
        place = folder / kind.replace(" ", "_")
        place.mkdir(parents=True)
        found[kind] = [place / f"{path.stem}.{suffix}" for path in pictures]
        for path, target in zip(pictures, found[kind], strict=True):
            write(_tiled(Image.open(path).convert("RGB"), *canvas), target)
    return found


def _tiled(picture: Image.Image, height: int, width: int) -> Image.Image:
    pixels = np.asarray(picture)
    times = (-(-height // pixels.shape[0]), -(-width // pixels.shape[1]), 1)
    return Image.fromarray(np.tile(pixels, times)[:height, :width])


def _turned(picture: Image.Image, path: Path) -> None:
    """Stores it lying on its side, with an EXIF block that says so."""
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    picture.transpose(Image.Transpose.ROTATE_90).save(path, quality=90, exif=exif)


KINDS: dict[str, tuple[Callable[[Image.Image, Path], None], str]] = {
    "PNG": (lambda picture, path: picture.save(path), "png"),
    "grey": (lambda picture, path: picture.convert("L").save(path), "png"),
    "JPEG": (lambda picture, path: picture.save(path, quality=90), "jpg"),
    "turned": (_turned, "jpg"),
    "CMYK": (lambda picture, path: picture.convert("CMYK").save(path, quality=90), "jpg"),
    "1 x 1": (lambda picture, path: picture.crop((0, 0, 1, 1)).save(path), "png"),
    "8000 x 60": (lambda picture, path: _tiled(picture, 60, 8000).save(path), "png"),
    "odd": (lambda picture, path: picture.crop((0, 0, 61, 47)).save(path), "png"),
}
