"""What is measured of one model."""

from dataclasses import dataclass

from boxwright.data.formats.layout import Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The settings of one measurement, as they are sent to the process that makes it; `benchmark` describes them.

    Args:
        model: Path, as typed.
        data: Of the data set.
        split: Part of it.
        canvas: Height and width, or None for that of the model.
        batch_size: Images at once.
        device: Where the network computes.
        threads: Of the processor, or None for those that torch takes.
        images: How many from the first, or None for all.
        on_bad: "error" or "skip".
        val: Of data without parts.
        val_seed: Of the choice.
        allow_outside: Whether paths may lead out of the folder of the data.
        max_pixels: Largest image.
    """

    model: str
    data: str
    split: Split
    canvas: tuple[int, int] | None
    batch_size: int
    device: str
    threads: int | None
    images: int | None
    on_bad: str
    val: float | str | None
    val_seed: int
    allow_outside: bool
    max_pixels: int
