"""The assignments of some images under some systems, and the page that shows them."""

from dataclasses import dataclass
from html import escape
from pathlib import Path

from boxwright.errors import ConfigError, counted
from boxwright.inspection.page.inspected import InspectedImage, InspectedSystem
from boxwright.inspection.page.page_file import page_file
from boxwright.inspection.page.page_values import image_values, index_values
from boxwright.writing.atomic_file import atomic_file

NOTEBOOK_HEIGHT = 860
"""Pixels that the page takes in a notebook."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """The assignments of images under one or more systems.

    In a notebook it shows itself; `save` writes a page that needs neither a network nor a server.

    Args:
        title: Of the page.
        categories: Class names by label.
        systems: At least one.
        images: At least one; each has one explanation per system.

    Raises:
        ConfigError: There is no image or no system, two systems have one name, or an image has not one explanation
            per system.
    """

    title: str
    categories: tuple[str, ...]
    systems: tuple[InspectedSystem, ...]
    images: tuple[InspectedImage, ...]

    def __post_init__(self) -> None:
        """Checks names and numbers."""
        if not self.systems or not self.images:
            raise ConfigError(
                f"An inspection needs a system and an image; found {len(self.systems)} and {len(self.images)}."
            )
        names = [system.name for system in self.systems]
        if len(set(names)) < len(names):
            raise ConfigError(f"Every system of an inspection needs a name of its own; found {names}. Rename some.")
        for image in self.images:
            if len(image.explanations) != len(names):
                raise ConfigError(
                    f"{image.name} has {counted(len(image.explanations), 'explanation')} for "
                    f"{counted(len(names), 'system')}. Give one each."
                )

    def html(self) -> str:
        """Writes the page: one document that loads nothing."""
        index = index_values(self.title, self.categories, self.systems, self.images)
        return page_file(self.title, index, [image_values(image) for image in self.images])

    def save(self, path: str | Path) -> Path:
        """Writes the page into a file that appears when it is complete; folders are made where missing.

        Args:
            path: Where to.

        Returns:
            The path.

        Raises:
            ConfigError: A file is there.
        """
        target = Path(path)
        with atomic_file(target) as file:
            file.write(self.html().encode("utf-8", "backslashreplace"))
        return target

    def _repr_html_(self) -> str:
        """Shows the page in a frame of its own, so that its style and the notebook's stay apart."""
        return (
            f'<iframe srcdoc="{escape(self.html(), quote=True)}" title="{escape(self.title, quote=True)}" '
            f'style="width:100%;height:{NOTEBOOK_HEIGHT}px;border:0"></iframe>'
        )
