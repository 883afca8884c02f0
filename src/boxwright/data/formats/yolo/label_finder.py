"""Where the label file of an image is."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from boxwright.data.formats.layout import SPLIT_WORDS, Portion
from boxwright.errors import DataError

_IMAGE_FOLDERS = ("images", "jpegimages")


@dataclass
class LabelFinder:
    """Finds the label file of an image, below the folder of the data only.

    For an image with a folder `images` in its path, counted from the folder of the data, it lies in the folder with
    `labels` in that place: for the last `images`, else for one before. For another one it lies in `labels/<split>` or
    `labels`, first below the same subfolders. Or else beside the image.

    Args:
        roots: Folders of the data set; the first one is where `labels` is.
        split: Which part.
        contents: Names of the files in folders that were looked at.
        used: Folders where label files were found, with the folders of their images.
    """

    roots: Sequence[str]
    split: Portion
    contents: dict[str, frozenset[str]] = field(default_factory=dict)
    used: dict[str, set[str]] = field(default_factory=dict)
    _folders: dict[str, list[str]] = field(default_factory=dict)

    def __call__(self, image: str) -> str | None:
        """Gives the first place with a file.

        Args:
            image: Its path.
        """
        folder, name = os.path.split(image)
        stem = os.path.splitext(name)[0]
        for place in self.folders(folder):
            names = self.names_in(place)
            for label in (f"{stem}.txt", f"{stem}.TXT"):
                if label in names:
                    self.used.setdefault(place, set()).add(folder)
                    return os.path.join(place, label)
        return None

    def places(self, image: str) -> list[str]:
        """Lists where the label file may be.

        Args:
            image: Its path.
        """
        folder, name = os.path.split(image)
        return [os.path.join(place, os.path.splitext(name)[0] + ".txt") for place in self.folders(folder)]

    def outside(self, image: str) -> str | None:
        """Gives the label file that others would read, outside of the folder of the data, if there is one.

        Args:
            image: Its path.
        """
        folder, name = os.path.split(os.path.abspath(image))
        label = os.path.splitext(name)[0] + ".txt"
        places = _exchanged(os.sep, [step for step in folder.split(os.sep) if step])
        return next((place for each in places if os.path.isfile(place := os.path.join(each, label))), None)

    def names_in(self, folder: str) -> frozenset[str]:
        """Gives the names of the files in a folder.

        Args:
            folder: One that may not be there.

        Raises:
            DataError: It is there and cannot be read.
        """
        if folder not in self.contents:
            try:
                self.contents[folder] = frozenset(os.listdir(folder))
            except PermissionError as error:  # taken for empty, its images would have no objects
                raise DataError(f"The folder {folder} cannot be read ({error.strerror}). Allow it.") from error
            except OSError:
                self.contents[folder] = frozenset()
        return self.contents[folder]

    def folders(self, images: str) -> list[str]:
        """Lists where label files of the images in a folder may be.

        Args:
            images: The folder.
        """
        if images not in self._folders:
            self._folders[images] = list(dict.fromkeys(self._search(images)))
        return self._folders[images]

    def mirrors(self, images: str) -> list[str]:
        """Lists the folders whose label files belong to the images of this folder alone.

        Args:
            images: The folder.
        """
        root, steps = self._below(images)
        return list(_exchanged(root or os.sep, steps)) or [images]

    def _search(self, images: str) -> Iterator[str]:
        root, steps = self._below(images)
        mirrored = list(_exchanged(root or os.sep, steps))
        if root is None:  # nothing says which folder its data begins with
            yield images
        yield from mirrored
        if root is None or "images" not in (step.lower() for step in steps):
            for base in dict.fromkeys((self.roots[0], root or self.roots[0])):
                yield from self._by_split(os.path.join(base, "labels"), [] if root is None else steps)
        yield images

    def _by_split(self, labels: str, steps: Sequence[str]) -> Iterator[str]:
        words = SPLIT_WORDS[self.split]
        if steps:
            yield os.path.join(labels, *steps)
            yield from (os.path.join(labels, word, *steps[1:]) for word in words)
        yield from (os.path.join(labels, word) for word in words)
        yield labels

    def _below(self, images: str) -> tuple[str | None, list[str]]:
        """Splits a folder into the outermost root that holds it, None if none does, and the steps below."""
        for root in sorted(self.roots, key=lambda each: len(os.path.abspath(each))):
            steps = os.path.relpath(images, root).split(os.sep)
            if steps[0] != os.pardir:
                return root, [step for step in steps if step != os.curdir]
        return None, [step for step in os.path.abspath(images).split(os.sep) if step]


def _exchanged(root: str, steps: Sequence[str]) -> Iterator[str]:
    """Puts `labels` for each folder of images, the last one first."""
    for place in range(len(steps) - 1, -1, -1):
        if steps[place].lower() in _IMAGE_FOLDERS:
            for labels in ("labels", "Labels") if steps[place] == "Images" else ("labels",):
                yield os.path.join(root, *steps[:place], labels, *steps[place + 1 :])
