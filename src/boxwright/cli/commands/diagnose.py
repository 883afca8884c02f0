"""boxwright diagnose."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal

from boxwright.arguments.parser import SettingsParser
from boxwright.arguments.usage_error import UsageError
from boxwright.cli.commands.reading_flags import ReadingFlags
from boxwright.cli.default_places import numbered
from boxwright.cli.several_names import several_names
from boxwright.lettering.visible import visible
from boxwright.settings.device_name import require_device_name
from boxwright.settings.parts.choice import require_named_system

LOSSES = "runs/diagnose/losses.jpg"
OBJECTS_LISTED = 20
_OF_LOSSES = ("data", "losses", "sheet", "system", "val", "val_seed", "on_bad", "allow_outside", "max_pixels")


@dataclass(frozen=True, slots=True)
class DiagnoseFlags:
    """The settings of one diagnosis.

    Args:
        data: Data set: a folder, an annotation file, or "sample:bccd".
        system: What to diagnose; may be repeated to compare. That of the checkpoint if none, else yolov8n. Parts stand
            behind a colon: yolov8n:assigner=atss.
        losses: Run directory with a log of all objects: show those whose loss stayed high, likely wrong labels.
        sheet: Where to draw the objects of --losses.
        canvas: Side of the network's input in pixels, or height and width, of all systems; left out, that of the
            checkpoint or of each system.
        tile: Side of tiles, or height and width, in pixels of the image: whether they would help is measured.
        tile_overlap: Share of its side that a tile has in common with the next one; 0.2 if left out.
        split: Part of the data set.
        checkpoint: Model file, or run directory for its best model, in place of new weights; they matter to systems
            that look at predictions.
        system_options: Further options of the systems, for instance guarantee.
        augmented: Whether images are augmented as in the first epoch of a training.
        images: How many images to look at, drawn by the seed; all if left out.
        advice: Whether to try what would help.
        least_gain: By how much a share must fall for a change to be proposed, 0 to 1.
        fail_above: Largest share of targets without a positive, 0 to 1; the exit code is 1 above it.
        json: Where to write everything as JSON; a file that is there stays.
        html: Where to write a page that needs no network, likewise.
        seed: Of new weights, of the augmentation, and of the choice of images.
        batch_size: Images per batch, where images are needed.
        workers: Processes that load images, or null to choose.
        device: cpu, cuda, cuda:1, mps or auto.
        on_bad: What to do about faulty annotations: stop with an error, or skip them.
    """

    data: str
    _: KW_ONLY
    system: str | Sequence[str] = ()
    losses: str | None = None
    sheet: str = LOSSES
    canvas: int | tuple[int, int] | None = None
    tile: int | tuple[int, int] | None = None
    tile_overlap: float | None = None
    split: Literal["train", "val"] = "train"
    checkpoint: str | None = None
    system_options: dict[str, Any] | None = None
    augmented: bool = False
    images: int | None = None
    advice: bool = True
    least_gain: float = 0.01
    fail_above: float | None = None
    json: str | None = None
    html: str | None = None
    seed: int = 0
    batch_size: int = 16
    workers: int | None = None
    device: str = "auto"
    on_bad: Literal["error", "skip"] = "error"


PARSER = SettingsParser(
    DiagnoseFlags,
    ReadingFlags,
    command="boxwright diagnose",
    about="Says which objects of a data set no prediction answers for, and what would help.",
)


def run(words: list[str]) -> int:
    """Runs the assigner of each system over a data set, and prints what was found and what would help.

    Args:
        words: As typed.

    Returns:
        0, or 1 if more targets are without a positive than `--fail_above` allows.
    """
    given = PARSER.given(words)
    refuse_idle(given)
    settings = PARSER.completed(given)
    settings["system"] = several_names(settings["system"])
    for system in settings["system"]:
        require_named_system(system)
    require_device_name(settings["device"])
    settings = numbered(settings, "sheet", LOSSES)
    losses, sheet = settings.pop("losses"), settings.pop("sheet")
    if losses is not None:
        _show_losses(losses, sheet, settings)
        if not settings["system"]:
            return 0

    from boxwright.cli.image_bars import ImageBars
    from boxwright.inspection import diagnose

    with ImageBars() as bars:
        diagnosis = diagnose(**settings, progress=bars.show)
    print(diagnosis.text())
    return diagnosis.exit_code


def refuse_idle(given: dict[str, Any]) -> None:
    """Refuses settings that would change nothing: losses are shown as they were logged.

    Args:
        given: What was set.

    Raises:
        UsageError: There is a sheet and no losses to draw, or a setting of a diagnosis and nothing to diagnose.
    """
    if given.get("losses") is None:
        if "sheet" in given:
            raise UsageError("sheet is where the objects of --losses are drawn. Name a run there, or leave it out.")
        return
    idle = [name for name in given if name not in _OF_LOSSES]
    if not given.get("system") and idle:
        raise UsageError(
            f"{', '.join(idle)}: only for a diagnosis, and --losses alone makes none. Name what to diagnose, for "
            "instance --system yolov8n, or leave it out."
        )


def _show_losses(losses: str, sheet: str, settings: dict[str, Any]) -> None:
    """Draws and lists the objects whose loss stayed high in a training."""
    from boxwright.data import ReadingLimits, open_dataset
    from boxwright.inspection import losses_sheet, rank_objects

    limits = ReadingLimits(settings["allow_outside"], settings["max_pixels"])
    ranking = rank_objects(losses)
    division = {name: settings[name] for name in ("val", "val_seed")}
    dataset = open_dataset(settings["data"], "train", on_bad=settings["on_bad"], limits=limits, **division)
    losses_sheet(ranking, dataset, sheet)
    print("Objects whose loss stayed high, likely wrong labels (score: mean standing among all objects, 1 the highest)")
    for each in ranking[:OBJECTS_LISTED]:
        box = " ".join(f"{side:.0f}" for side in each.box)
        print(
            f"  {each.rank:>3}  {each.score:.3f}  {visible(each.category)}  "
            f"{visible(each.image) or each.image_id} #{each.row}  box {box}"
        )
    print(f"Pictures: {sheet}")
